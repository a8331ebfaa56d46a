import Foundation
import Testing

@testable import WorkflowDefinitions

@Suite("The shell lexer and the scripts of a Debian")
struct ShellCorpusTests {
    /// What a shell accepts has no open quote, bracket or document at its end. `WORKFLOW_TEST_CORPUS=all` takes every
    /// script of the machine; usually it is every nth of the folders that are small.
    @Test("what bash or dash accepts ends in the neutral state")
    func neutral() {
        let takesAll = ProcessInfo.processInfo.environment["WORKFLOW_TEST_CORPUS"] == "all"
        let folders = takesAll ? ShellCorpus.folders : ShellCorpus.usualFolders
        let all = ShellCorpus.scripts(in: folders)
        let stride = takesAll ? 1 : max(1, all.count / 120)
        var accepted = 0
        for (number, entry) in all.enumerated() where number % stride == 0 {
            guard ShellCorpus.output(of: [entry.shell, "-n"], input: entry.bytes) != nil,
                let dialect = ShellDialect(rawValue: entry.shell)
            else { continue }
            accepted += 1
            let lexer = ShellLexer([entry.bytes], dialect: dialect)
            lexer.read()
            #expect(lexer.unfinished.isEmpty, "\(entry.path): ends inside of \(lexer.unfinished)")
        }
        print("The shell lexer: \(accepted) of \(all.count) scripts of this machine")
        #expect(accepted >= (takesAll ? 100 : 30), "too few shell scripts in \(folders): this needs a Debian")
    }
}
