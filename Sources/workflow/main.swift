import WorkflowCLI

WorkflowProgram(Array(CommandLine.arguments.dropFirst())).run()
