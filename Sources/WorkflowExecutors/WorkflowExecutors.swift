// WorkflowExecutors
