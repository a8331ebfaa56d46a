import WorkflowCLI

await WorkflowProgram.main()
