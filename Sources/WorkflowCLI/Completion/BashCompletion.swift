/// The script for bash, in which names out of the store are data.
///
/// The argument parser's script gives them to `compgen -W`, which expands them as the shell expands a command line: a
/// step that is called `fan[$(reboot)]` would reboot the machine of who presses TAB. The function of that name is
/// replaced by one that compares texts; what bash puts on the command line it quotes itself, as the script registers
/// with `-o filenames`.
enum BashCompletion {
    static func script(from script: String) -> String { script + "\n" + replacement }

    private static let replacement = #"""
        __workflow_add_completions() {
            local completion
            if [[ "${1}" != -W ]]; then
                while IFS='' read -r completion; do
                    COMPREPLY+=("${completion}")
                done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
                return
            fi
            local typed="${cur#[\"\']}"
            typed="${typed//\\/}"
            while IFS='' read -r completion; do
                if [[ -n "${completion}" && "${completion}" == "${typed}"* ]]; then
                    COMPREPLY+=("${completion}")
                    # A value follows the sign.
                    [[ "${completion}" != *= ]] || compopt -o nospace 2>/dev/null
                fi
            done <<<"${2}"
        }
        """#
}
