import WorkflowCLI

WorkflowProgram(ofThisProcess: ()).run()
