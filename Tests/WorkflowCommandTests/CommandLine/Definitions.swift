/// Definitions that several tests run.
enum Definitions {
    static let two = """
        name: two
        stages:
          - name: planning
            steps:
              - name: first
                run: echo "count=1" >> "$WORKFLOW_OUTPUT"
              - name: second
                run: echo hello
        """

    static let failing = """
        name: failing
        stages:
          - name: planning
            steps:
              - name: fine
                run: echo fine
              - name: bad
                run: |
                  for i in $(seq 30); do echo "line $i"; done
                  printf 'red \\033[31m\\n'
                  exit 7
              - name: never
                run: echo never
        """

    /// Its second step waits until the file `go` appears in the working folder.
    static let held = """
        name: held
        stages:
          - name: planning
            steps:
              - name: first
                run: echo first
              - name: hold
                run: |
                  echo holding
                  until [ -e go ]; do sleep 0.02; done
                  echo released
        """
}
