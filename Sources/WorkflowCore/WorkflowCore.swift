// WorkflowCore
