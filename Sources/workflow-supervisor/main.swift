// workflow-supervisor FOLDER ATTEMPT [STORE [RUN]] < SPECIFICATION
//
// Runs one step's command and outlives the engine that asked for it: see `Supervisor`. Its arguments say, in `ps`, what
// it is for; all else comes through standard input, as it holds secrets.

import AttemptProtocol
import Glibc

_exit(Supervisor.run(arguments: ProgramArguments.bytes.map { String(decoding: $0, as: UTF8.self) }).rawValue)
