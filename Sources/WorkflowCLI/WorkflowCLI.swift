// WorkflowCLI
