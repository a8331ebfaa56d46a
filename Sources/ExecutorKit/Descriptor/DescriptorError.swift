/// Why a descriptor cannot be used. The message names the member that is wrong.
package struct DescriptorError: Error, Sendable, Equatable {
    package enum Code: String, Sendable {
        case tooLarge = "descriptor_too_large"
        case notJSON = "descriptor_not_json"
        case unknownProtocol = "descriptor_unknown_protocol"
        case missingMember = "descriptor_missing_member"
        case invalidMember = "descriptor_invalid_member"
        case unsupportedKeyword = "descriptor_unsupported_keyword"
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
