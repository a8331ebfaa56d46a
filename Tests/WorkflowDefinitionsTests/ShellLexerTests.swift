import Testing

@testable import WorkflowDefinitions

/// In these scripts `@` stands for an expression, and the letters say what the shell makes of each: s safe, u unquoted,
/// p a pattern, c code for something else or the name of a program, x executes it, e looks for something before it
/// expands it, l does not expand it, t text of a comment.
@Suite("The shell lexer")
struct ShellLexerTests {
    private static func letters(_ script: String, _ dialect: ShellDialect) -> String {
        var pieces: [[UInt8]?] = []
        for (index, part) in script.split(separator: "@", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { pieces.append(nil) }
            pieces.append(Array(part.utf8))
        }
        return ShellLexer.interpolations(in: pieces, dialect: dialect).map { verdict in
            switch verdict {
            case .safe: "s"
            case .unquoted: "u"
            case .pattern: "p"
            case .code, .program: "c"
            case .executes: "x"
            case .early: "e"
            case .literal: "l"
            case .comment: "t"
            }
        }.joined()
    }

    private static func check(_ table: [(String, String)], _ dialect: ShellDialect = .bash) {
        for (script, expected) in table {
            let found = letters(script, dialect)
            #expect(found == expected, "\(dialect): \(script)")
        }
    }

    @Test("quotes")
    func quotes() {
        Self.check([
            (#"echo "@""#, "s"), (#"echo "a@b@c""#, "ss"), ("echo @", "u"), ("echo a@b", "u"), ("echo '@'", "l"),
            (#"echo 'it'"@"'s'"#, "s"), (#"echo "it's @""#, "s"), (#"echo "it's @" 'x @'"#, "sl"),
            (#"echo \"@\""#, "u"),
            (#"echo "\"@\"""#, "s"), (#"echo "\\@""#, "s"), (#"echo "\@""#, "l"), (#"echo \@"#, "l"),
            (#"echo \\@"#, "u"),
            ("echo $'@'", "l"), (#"echo $'it\'s @' "@""#, "ls"), (#"echo $"@""#, "s"), (#"echo "$'@'""#, "s"),
            (#"echo "a $ @""#, "s"), (#"echo "@"@'@'"#, "sul"), ("echo \"a\n@\"", "s"), (#"echo "unterminated @"#, "s"),
            ("echo 'unterminated @", "l"), ("echo a\\\n@", "u"), (#"echo "x\"# + "\n" + #"@""#, "s"),
        ])
    }

    @Test("comments")
    func comments() {
        Self.check([
            ("# @\necho \"@\"", "ts"), ("echo a # it's @\necho \"@\"", "ts"), (#"echo a#"@""#, "s"),
            ("echo a;# @", "t"),
            ("echo ${#x} \"@\"", "s"), ("echo $# \"@\"", "s"), ("x=( # @\n\"@\" )", "ts"), ("(# @\necho \"@\")", "ts"),
            (##"echo "# @""##, "s"), ("echo \\# \"@\" # @", "st"),
        ])
    }

    @Test("substitutions have quotes of their own")
    func substitutions() {
        Self.check([
            (#"x="$(echo "@")""#, "s"), (#"x="$(echo '@')""#, "l"), (#"x="$(echo @)""#, "u"), ("x=$(echo \"@\")", "s"),
            (#"echo "$(a "$(b "@")" '@')" "@""#, "sls"), (#"x=$(case y in y) echo "@";; esac) && echo "@""#, "ss"),
            (#"x=$(case y in (y) echo '@';; z) ;; esac; echo "@")"#, "ls"),
            ("x=$(echo a # it's @ )\n echo \"@\")", "ts"),
            ("x=$(cat <<'E'\n@\nE\n)\necho \"@\"", "ls"), ("echo `echo @`", "x"), (#"echo "`echo \"@\"`""#, "l"),
            ("echo `echo '@'` \"@\"", "ls"), ("diff <(echo \"@\") <(echo '@')", "sl"), ("tee >(cat > \"@\")", "s"),
            (#"echo "$( (echo "@") )""#, "s"), (#"echo "$(echo ")" "@")""#, "s"), (#"echo "$(echo \) "@")""#, "s"),
            (#"x=$(f() { echo "@"; }; f)"#, "s"), ("x=$(if true; then echo '@'; fi)", "l"),
        ])
    }

    @Test("arithmetic evaluates what variables hold")
    func arithmetic() {
        Self.check([
            ("echo $((1 + @))", "x"), (#"echo "$((@))" "@""#, "xs"), (#"echo "$(( "@" ))""#, "x"), ("echo $[ @ ]", "x"),
            ("((x = @))", "x"), ("((@)) && echo \"@\"", "xs"), ("for ((i = 0; i < @; i++)); do echo \"@\"; done", "xs"),
            ("let x=@", "x"), (#"let "x = @""#, "x"), (#"command let "x=@""#, "x"), ("a[@]=1", "x"),
            (#"a["@"]=1"#, "x"),
            (#"a[1]="@""#, "s"), ("a=([@]=1)", "x"), (#"a=( "@" @ )"#, "su"), (#"a+=("@")"#, "s"),
            ("echo ${a[@]}", "x"),
            (#"echo "${a[@]}""#, "x"), (#"echo "${x:@}""#, "x"), (#"echo "${x:0:@}""#, "x"),
            ("echo $(( (1) + @ )) \"@\"", "xs"),
            (#"echo $(( $(echo "@") ))"#, "x"), (#"(( $(wc -l < "@") > 3 ))"#, "x"), ("[[ @ -eq 3 ]]", "x"),
            (#"[[ "@" -gt 3 && "@" == x ]]"#, "xs"), (#"[[ "@" == x ]]"#, "s"), ("[[ $x == @ ]]", "p"),
            (#"[[ -v "@" ]]"#, "x"), (#"[[ "@" =~ ^(a|b)$ ]] && echo "@""#, "ss"),
            (#"[[ -f "@" && ( -d "@" || -z "$x" ) ]]"#, "ss"),
            ("[[ $x =~ @ ]] && echo '@'", "pl"), (#"if [[ "$x" -lt "@" ]]; then echo "@"; fi"#, "xs"),
            (#"declare -i n="@""#, "x"), (#"declare -i n; n="@""#, "x"), (#"n="@"; declare -i n"#, "x"),
            (#"local -ri n="@""#, "x"), (#"typeset -n r="@""#, "x"), ("declare -i n; echo \"@\"", "s"),
            ("declare -i n; for n in \"@\"; do :; done", "x"), ("echo '$((' \"@\"", "s"),
        ])
    }

    @Test("expansions of parameters")
    func parameters() {
        Self.check([
            (#"echo "${x:-@}""#, "s"), ("echo ${x:-@}", "u"), (#"echo "${x:-"@"}""#, "s"), ("echo ${x:-'@'}", "l"),
            (#"echo "${x:-'@'}" "@""#, "ls"), (#"echo "${x:-it's @}" "@""#, "ls"), (#"echo "${x#'@'}" "@""#, "ls"),
            (#"echo "${x%@}""#, "s"), (#"echo "${x/@/@}""#, "ss"), (#"echo "${x//'}'/@}" "@""#, "ss"),
            (#"echo "${@}""#, "l"),
            (#"echo "${!@}""#, "l"), (#"echo "${x@}""#, "l"), (#"echo "${x:-${y:-@}}" '@'"#, "sl"),
            (#"echo "${#x}@""#, "s"),
            (#"echo "${x:-$(echo '@')}""#, "l"), (#"echo "${x:=\}@}""#, "s"), (#"echo "${x:?@}""#, "s"),
            (#"${x:+"@"}"#, "c"),
            (#"echo "${x^^}@${x,,}""#, "s"), (#"echo "${x:-`echo @`}""#, "x"),
        ])
    }

    @Test("here-documents and here-strings")
    func hereDocuments() {
        Self.check([
            ("cat <<E\n@ \"@\" '@'\nE\necho '@'", "sssl"), ("cat <<'E'\n@\nE\necho \"@\"", "ls"),
            ("cat <<\"E\"\n@\nE\n", "l"),
            ("cat <<\\E\n@\nE\n", "l"), ("cat <<E\"O\"F\n@\nEOF\n", "l"), ("cat <<-E\n\t@\n\tE\necho '@'", "sl"),
            ("cat <<E\n\tE\n@\nE\n", "s"), ("cat <<A <<'B'\n@\nA\n@\nB\necho \"@\"", "sls"),
            ("cat <<E\n$((@))\nE\n", "x"),
            ("cat <<E\n$(echo '@')\nE\n", "l"), ("cat <<E\n`@`\nE\n", "x"), ("cat <<E\n\\@\nE\n", "l"),
            ("cat <<E\nit's @\nE\n", "s"),
            ("cat <<E # @\n@\nE\n", "ts"), ("cat <<E && echo \"@\"\n@\nE\n", "ss"), ("cat <<@\nx\n\n@", "lu"),
            ("cat <<E\n@\n", "s"), ("cat <<E\nfoo\\\nE\n@\nE\necho '@'", "sl"),
            ("if true; then cat <<E\n@\nE\nfi\necho '@'", "sl"),
            ("cat <<< \"@\"", "s"), ("cat <<< @", "s"), ("cat <<<'@'", "l"), ("read -r a b <<< \"@\"", "s"),
            ("x=$(cat <<E\n@ )\nE\n)\necho '@'", "sl"), ("cat <<E | tee f\n@\nE\necho '@'", "sl"),
            ("{ cat <<E; } > f\n@\nE\n", "s"), ("while read -r l; do echo \"$l\"; done <<E\n@\nE\n", "s"),
            ("cat << 'E'\n@\nE", "l"), ("cat <<E 2>/dev/null >f\n@\nE", "s"),
        ])
    }

    @Test("commands that evaluate what they are given")
    func evaluation() {
        Self.check([
            (#"eval "@""#, "x"), (#"eval "$(echo "@")""#, "x"), (#"builtin eval "@""#, "x"), (#"\eval "@""#, "x"),
            (#""eval" "@""#, "x"), (#"ev"al" @"#, "x"), (#"x=1 eval "@""#, "x"), (#"$SUDO eval "@""#, "x"),
            ("true && eval @", "x"), ("if eval \"@\"; then :; fi", "x"), (#"for i in a; do eval "@"; done"#, "x"),
            (#"for i do eval "@"; done"#, "x"), (#"f() { eval "@"; }"#, "x"), (#"! eval "@""#, "x"),
            (#"time eval "@""#, "x"),
            (#"case a in a) eval "@";; esac"#, "x"), (#"( eval "@" )"#, "x"), (#"{ eval "@"; }"#, "x"),
            (#"a | eval "@""#, "x"),
            ("trap \"echo @\" EXIT", "x"), ("alias a=\"@\"", "x"), (#". "@""#, "x"), (#"source "@""#, "x"),
            (#"source <(echo "@")"#, "x"), (#"read "@""#, "x"), (#"unset "@""#, "x"), (#"unset "a[@]""#, "x"),
            (#"printf -v "@" x"#, "x"), (#"printf -v x '%s' "@""#, "s"), (#"printf '%s\n' "@""#, "s"),
            (#"printf "@""#, "s"),
            (#"printf "@" "@""#, "xs"), (#"printf '%n' "@""#, "x"), (#"printf -- "@""#, "s"), (#"test -v "@""#, "x"),
            (#"[ -v "a[@]" ]"#, "x"), (#"[ "@" -eq 3 ]"#, "s"), (#"test "@" = x"#, "s"), (#"declare "@=1""#, "x"),
            (#"export X="@""#, "s"), ("export X=@", "s"), (#"export "@""#, "x"), (#"local x="@" y="@""#, "ss"),
            (#"readonly X="$(echo "@")""#, "s"), (#"declare -a "x=(@)""#, "x"), (#"declare -a x=("@")"#, "s"),
            (#"declare "$o" x="@""#, "x"), (#"PS4="@""#, "x"), (#"BASH_ENV="@" bash x"#, "x"), (#"SECONDS="@""#, "x"),
            (#"export PS4="@""#, "x"), (#"X="@""#, "s"), (#"X="@" cmd "@""#, "ss"), (#"mapfile -C "@" a"#, "x"),
            (#"getopts "@" x"#, "x"), (#"compgen -W "@""#, "x"), (#"complete -C "@" x"#, "x"), (#"echo eval "@""#, "s"),
            (#"wait -p "@""#, "x"), (#"wait "@""#, "x"), (#"exit "@""#, "s"), (#"watch "ls @""#, "x"),
        ])
    }

    @Test("shells in shells")
    func shells() {
        Self.check([
            (#"bash -c "echo @""#, "x"), (#"bash -c 'echo "$1"' _ "@""#, "s"), (#"bash -ec "@""#, "x"),
            (#"sh -c "@" "@""#, "xx"),
            (#"bash -o pipefail -c "@""#, "x"), (#"bash -euo pipefail -c "@" x"#, "x"), (#"bash -c -- "@""#, "x"),
            (#"/bin/sh -c "@""#, "x"), (#"sudo bash -c "@""#, "x"), (#"docker exec c sh -c "@""#, "x"),
            (#"kubectl exec p -- bash -c "@""#, "x"), (#"find . -exec sh -c "@" \;"#, "x"),
            (#"myrun bash -c "@""#, "x"),
            (#"bash script.sh "@""#, "s"), (#"bash -x script.sh "@""#, "s"), (#"bash "@""#, "x"),
            (#"bash -s "@" < f"#, "x"),
            ("bash <<E\necho @\nE\n", "x"), ("sudo sh <<E\n@\nE\n", "x"), ("bash -s <<E\n@\nE\n", "x"),
            ("bash script.sh <<E\n@\nE\n", "s"), ("bash 2>/dev/null <<E\n@\nE\n", "x"), (#"bash <<< "@""#, "x"),
            (#"echo "@" | bash"#, "x"), (#"echo "@" | tee f | sh"#, "x"), ("cat <<E | bash\n@\nE\n", "x"),
            (#"echo "@" | sudo bash"#, "x"), (#"echo "@" | bash -c cat"#, "s"), (#"echo "@" | bash f"#, "s"),
            (#"echo "@" | (bash)"#, "x"), (#"echo "@" | source /dev/stdin"#, "x"),
            (#"echo "@" | xargs sh -c 'echo "$0"'"#, "s"),
            (#"echo "@" && echo x | bash"#, "s"), (#"echo "@" | grep -q bash"#, "s"), (#"su - u -c "@""#, "x"),
            (#"flock f -c "@""#, "x"), (#"flock f cmd "@""#, "s"), (#"bash "@" -c x"#, "x"),
            (#"env A=1 bash -c "@""#, "x"),
            (#"timeout 5 bash -c "@""#, "x"), (#"zsh -c "@""#, "x"), (#"xargs -I{} bash -c "@ {}""#, "x"),
        ])
    }

    @Test("programs with languages of their own get a warning")
    func interpreters() {
        Self.check([
            (#"ssh h "ls @""#, "c"), ("ssh h <<E\n@\nE\n", "c"), (#"ssh h bash -c "@""#, "x"),
            (#"python3 -c "print('@')""#, "c"),
            (#"python3 x.py "@""#, "s"), ("python3 - <<E\n@\nE\n", "c"), (#"perl -pe "s/@//" f"#, "c"),
            (#"sed "s/x/@/" f"#, "c"),
            (#"sed -e "s/x/@/" f"#, "c"), (#"awk "/@/" f"#, "c"), (#"awk -v x="@" '{print x}' f"#, "s"),
            (#"make X="@""#, "c"),
            (#"psql -c "select '@'""#, "c"), (#"node -e "@""#, "c"), (#""@" a"#, "c"), (#"jq --arg x "@" .x"#, "s"),
            ("psql <<E\nselect '@'\nE\n", "c"),
        ])
    }

    @Test("the grammar around words")
    func grammar() {
        Self.check([
            (#"f() { echo "@"; }; f '@'"#, "sl"), (#"function f { echo "@"; }"#, "s"),
            (#"function f() { echo '@'; }"#, "l"),
            (#"case "@" in "@") echo "@";; @) ;; esac; echo '@'"#, "ssspl"),
            ("case x in a|b) echo \"@\" ;; *) ;; esac", "s"),
            ("case x in\n  a) case y in b) echo '@';; esac ;;\nesac\necho \"@\"", "ls"), ("ls !(*.txt) \"@\"", "s"),
            ("ls ?(a|b) \"@\"", "s"), ("echo a;echo \"@\"&echo '@'", "sl"), (#"cmd > "@" 2>&1"#, "s"), ("cmd > @", "u"),
            ("cmd &> \"@\" && echo '@'", "sl"), ("cmd >| \"@\"", "s"), ("exec 3<> \"@\"", "s"),
            ("exec {fd}> \"@\"", "s"),
            ("a || { echo \"@\"; exit 1; }", "s"), ("until false; do echo \"@\"; break; done", "s"),
            ("select x in \"@\"; do :; done", "s"), ("for \"@\" in a; do :; done", "x"), ("x=1; y=\"@\"; z='@'", "sl"),
            ("echo {a,\"@\"}", "s"), ("echo ~/\"@\"", "s"), ("echo \"@\"", "s"), ("@", "u"), ("", ""),
            ("a &&\n echo \"@\"", "s"),
            ("echo )\necho \"@\"", "s"), (";;& echo \"@\"", "s"), ("coproc cat; echo \"@\"", "s"),
            ("a=1 b=\"@\" cmd", "s"),
        ])
    }

    @Test("dialects: numbers are arithmetic in ksh and zsh")
    func dialects() {
        for dialect in [ShellDialect.ksh, .zsh] {
            Self.check(
                [
                    (#"[ "@" -eq 3 ]"#, "x"), (#"printf '%d' "@""#, "x"), (#"printf '%s' "@""#, "s"),
                    (#"exit "@""#, "x"),
                    (#"echo "@""#, "s"), ("integer n; n=\"@\"", "x"),
                ], dialect)
        }
        Self.check([("echo $a[@]", "x"), (#"echo "$a[@]""#, "x"), (#"print -P "@""#, "x")], .zsh)
        for dialect in [ShellDialect.sh, .dash] { Self.check([(#"[ "@" -eq 3 ]"#, "s"), ("echo '@'", "l")], dialect) }
    }

    @Test("which shells are known")
    func knownShells() {
        let table: [([String], ShellDialect?)] = [
            (["bash", "-euo", "pipefail"], .bash), (["/bin/sh"], .sh), (["/usr/bin/env", "bash"], .bash),
            (["env", "-i", "A=1", "zsh", "-f"], .zsh), (["busybox", "sh"], .sh), (["env", "-u", "X", "dash"], .dash),
            (["ksh"], .ksh), (["python3"], nil), (["fish"], nil), (["sudo", "bash"], nil), (["busybox", "awk"], nil),
            ([], nil),
            (["pwsh"], nil), (["env"], nil),
        ]
        for (words, dialect) in table { #expect(ShellDialect(shell: words) == dialect, "\(words)") }
    }

    @Test(
        "a script that nests without end is refused, not followed",
        arguments: ["$(", "\"$(", "${x:-", "`", "((", "a=(", "<(", "[[ (", "@("])
    func deepNesting(opening: String) {
        let script = String(repeating: opening, count: 20_000) + " @"
        #expect(!Self.letters(script, .bash).contains("s") || opening == "[[ (")
    }
}
