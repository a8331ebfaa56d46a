// WorkflowTestKit
