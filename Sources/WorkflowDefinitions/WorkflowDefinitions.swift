// WorkflowDefinitions
