/// This program's version, recorded in runs and shown by `workflow --version`.
package let programVersion = "0.1.0"
