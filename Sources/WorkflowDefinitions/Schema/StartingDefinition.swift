/// What `workflow init` writes: a definition that shows the language, and runs as it is.
package enum StartingDefinition {
    /// The schema's file, beside the definition.
    package static let schemaName = "workflow.schema.json"

    /// - Parameter path: of the file; the workflow is called as it is, as far as the letters allow.
    package static func text(for path: String) -> String {
        """
        # yaml-language-server: $schema=./\(schemaName)
        #
        # A first workflow. It runs as it is, and changes nothing outside of this folder:
        #
        #   workflow run \(path) -p environment=production
        #
        # Kill it at any moment; `workflow resume` goes on where it stopped. `workflow validate` names every problem \
        of this
        # file with its place.
        name: \(name(of: path))
        description: What this workflow is for, in one line.

        # What a run is started with: -p environment=production, or --params FILE.
        params:
          environment: {type: string, enum: [staging, production], default: staging}
          replicas: {type: integer, min: 1, max: 9, default: 2}

        # What holds for every step that does not say otherwise.
        defaults:
          timeout: 5m
          # retry: {limit: 2, delay: 5s} repeats a failed step. Use it for steps that may be repeated.

        stages:
          - name: planning
            steps:
              - name: plan
                # An expression in double quotes is always one word to the shell, whatever it holds.
                run: |
                  echo "planning ${{ params.replicas }} replicas in ${{ params.environment }}"
                  # An output is a line key=value; later steps read it.
                  echo "release=r-$(date -u +%Y%m%d)" >> "$WORKFLOW_OUTPUT"

          - name: provisioning
            steps:
              - name: provision
                run: |
                  # The key is the same in every attempt: a service that knows it makes nothing twice.
                  echo "provisioning with key $WORKFLOW_IDEMPOTENCY_KEY"
                # After a crash the probe tells whether the work was done: exit 0 done, 3 not done.
                probe: exit 3

          - name: configuring
            steps:
              - name: configure
                run: echo "configuring ${{ steps.plan.outputs.release }}"
              - name: announce
                if: params.environment == "production"
                run: echo "production gets ${{ steps.plan.outputs.release }}"

          - name: validating
            # When a check fails, configure again, twice at most.
            on_failure: {return_to: configuring, limit: 2}
            steps:
              - name: smoke_test
                run: test -n "${{ steps.plan.outputs.release }}"

        # Owed work: runs when the run ends in any way.
        on_exit:
          - name: report
            run: echo "the run is ${{ run.status }}"

        """
    }

    /// `My Deploy.v2.yaml` is `my-deploy-v2`.
    private static func name(of path: String) -> String {
        let file = path.split(separator: "/").last ?? ""
        let stem = file.lastIndex(of: ".").map { file[..<$0] } ?? file
        let letters = stem.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let name = String(letters.drop { !$0.isLetter }.prefix(100))
        return name.isEmpty ? "workflow" : name
    }
}
