internal import WorkflowViews

extension Document {
    func text(as format: OutputFormat) -> String {
        switch format {
        case .text, .json: JSONRendering.text(self)
        case .yaml: YAMLRendering.text(self)
        }
    }
}
