/// The workflows that are measured, as YAML.
enum MeasuredWorkflow {
    /// Steps that follow each other, each without a process.
    static func sequence(_ count: Int, last: String? = nil) -> String {
        var yaml = "name: sequence\nstages:\n  - name: measuring\n    steps:\n"
        for number in 1...count { yaml += "      - {name: step_\(number), uses: sleep, with: {for: 0s}}\n" }
        return yaml + tail(last)
    }

    /// Steps that follow each other, each a shell.
    static func shells(_ count: Int, command: String) -> String {
        var yaml = "name: shells\nstages:\n  - name: measuring\n    steps:\n"
        for number in 1...count { yaml += "      - {name: step_\(number), run: \"\(command)\"}\n" }
        return yaml
    }

    /// Steps that follow each other, more than a definition may hold: each is an item.
    static func sequenceOfItems(_ count: Int) -> String {
        """
        name: items
        stages:
          - name: measuring
            steps:
              - name: item
                foreach: {items: "${{ range(\(count)) }}", max_parallel: 1}
                uses: sleep
                with: {for: 0s}

        """
    }

    /// One step for each of `count` items, all at once.
    static func items(_ count: Int, last: String? = nil) -> String {
        """
        name: items
        stages:
          - name: measuring
            steps:
              - {name: item, foreach: {items: "${{ range(\(count)) }}"}, uses: sleep, with: {for: 0s}}

        """ + tail(last)
    }

    private static func tail(_ command: String?) -> String {
        command.map { "  - name: finishing\n    steps:\n      - {name: last, run: \"\($0)\"}\n" } ?? ""
    }
}
