// WorkflowStoreSQLite
