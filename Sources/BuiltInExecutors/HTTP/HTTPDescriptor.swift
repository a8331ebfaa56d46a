import ExecutorKit

extension HTTPExecutor {
    /// What `workflow-executor http describe` prints.
    static let describedText = #"""
        {
          "protocol": 1,
          "group": "http",
          "version": "1",
          "operations": {
            "request": {
              "summary": "Sends an HTTP request, follows redirects, checks the answer, and polls where it is \#
        asked to.",
              "effect": {
                "cel": "!has(with.method) || !(with.method in ['POST', 'PATCH']) ? 'idempotent' : \#
        has(with.honours_key) && with.honours_key ? 'keyed' : 'unsafe'"
              },
              "supports": ["plan"],
              "outputs": {
                "status": {"type": "integer", "description": "The status of the last answer."},
                "headers": {
                  "type": "object",
                  "description": "Its headers: names in small letters, repeated ones joined with a comma; \#
        set-cookie is always a list."
                },
                "body": {
                  "description": "JSON where the answer says that it is, else text. null where it is empty, and \#
        where it is no text or too large for an output: it is kept as the artifact body then."
                }
              },
              "example": "\#
        - name: deploy\n\#
          uses: http/request\n\#
          with:\n\#
            url: https://api.example.com/deployments\n\#
            method: POST\n\#
            headers: {authorization: \"Bearer ${{ secrets.token }}\"}\n\#
            body: {version: \"${{ params.version }}\"}\n\#
            honours_key: true\n\#
            expect: status == 201 && body.state == 'accepted'\n\#
          retry: {limit: 5, delay: 2s}\n\#
          timeout: 5m\n",
              "with": {
                "type": "object",
                "additionalProperties": false,
                "required": ["url"],
                "properties": {
                  "url": {
                    "type": "string", "minLength": 1,
                    "description": "http or https. A user and a password in it are sent as Basic authentication."
                  },
                  "method": {
                    "enum": ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH"], "default": "GET",
                    "description": "POST and PATCH are in doubt after a crash, unless honours_key says that the \#
        server remembers the key."
                  },
                  "headers": {
                    "type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]},
                    "description": "Idempotency-Key is sent with all that acts, unless it is given here. On a \#
        redirect to another origin only those go along that are known to be no credentials."
                  },
                  "body": {
                    "description": "A text, or any other value, which is sent as JSON. Content-Type follows, \#
        unless it is given."
                  },
                  "response": {
                    "enum": ["auto", "json", "text"], "default": "auto",
                    "description": "How the body is read: as its Content-Type says, or as JSON or text whatever \#
        it says."
                  },
                  "expect": {
                    "type": "string", "format": "cel",
                    "variables": {"status": {"type": "integer"}, "headers": {"type": "object"}, "body": {}},
                    "description": "What is true of a good answer; without it, a status of 200 to 299 is."
                  },
                  "retry_statuses": {
                    "type": "array", "items": {"type": "integer", "minimum": 100, "maximum": 599},
                    "default": [408, 425, 429, 500, 502, 503, 504],
                    "description": "Statuses that the step's retry may repeat, not before Retry-After; all \#
        others fail for good."
                  },
                  "poll": {
                    "type": "object", "additionalProperties": false, "required": ["until", "limit"],
                    "description": "Asks again until it is true. Answers and errors that may pass count as not yet.",
                    "properties": {
                      "until": {
                        "type": "string", "format": "cel",
                        "variables": {"status": {"type": "integer"}, "headers": {"type": "object"}, "body": {}},
                        "description": "What is waited for."
                      },
                      "every": {
                        "type": "string", "default": "5s", "pattern": "^([0-9]+([.][0-9]+)?(ms|s|m|h))+$",
                        "description": "The pause between two looks; Retry-After makes it longer."
                      },
                      "limit": {
                        "type": "integer", "minimum": 1, "maximum": 1000000, "description": "The most looks."
                      }
                    }
                  },
                  "timeout": {
                    "type": "string", "default": "1m", "pattern": "^([0-9]+([.][0-9]+)?(ms|s|m|h))+$",
                    "description": "For one request and its whole answer; the step's own timeout is above it."
                  },
                  "connect_timeout": {
                    "type": "string", "default": "10s", "pattern": "^([0-9]+([.][0-9]+)?(ms|s|m|h))+$",
                    "description": "For name, connection and TLS."
                  },
                  "max_body": {
                    "default": "10MiB",
                    "anyOf": [
                      {"type": "integer", "minimum": 0, "maximum": 1073741824},
                      {"type": "string", "pattern": "^[0-9]+(KiB|MiB)$"}
                    ],
                    "description": "The largest body of an answer, decoded; a larger one fails with too_large."
                  },
                  "redirects": {
                    "type": "integer", "minimum": 0, "maximum": 10, "default": 10,
                    "description": "How many are followed; with 0 an answer that sends elsewhere is the answer. \#
        From https to http none is."
                  },
                  "deny_private": {
                    "type": "boolean", "default": false,
                    "description": "Refuses every address that is not public, looked at when it is connected \#
        to, also after redirects. No proxy is used."
                  },
                  "honours_key": {
                    "type": "boolean", "default": false,
                    "description": "The server does a request with an Idempotency-Key that it knows only once, \#
        so it may be sent again."
                  },
                  "ca": {
                    "type": "string", "minLength": 1,
                    "description": "A PEM file of the authorities to trust, instead of the system's."
                  }
                }
              }
            }
          }
        }
        """#
}
