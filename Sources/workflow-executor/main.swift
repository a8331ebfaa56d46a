// workflow-executor list | GROUP describe | GROUP run|plan|probe|verify|undo OPERATION < REQUEST
//
// The executors that are built in, apart from `workflow`, which links none of their libraries: see
// `ExecutorInvocation`.

import AttemptProtocol
import BuiltInExecutors
import Glibc

exit(await BuiltIns.run(ProgramArguments.bytes.dropFirst().map { String(decoding: $0, as: UTF8.self) }))
