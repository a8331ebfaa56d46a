package import WorkflowCore
package import WorkflowStore

/// One call that may change a store, as a value: the same can be asked of several stores, or asked again.
package enum StoreOperation: Sendable, Equatable {
    case create(NewRun, [ProposedEntry], RunProjection)
    case claim(UniqueID)
    case release(RunClaim)
    case append(Append)
    case takeLocks([LockName], holder: String, RunClaim, at: Timestamp)
    case enqueue(NewInboxRequest)
    case remove(RunClaim)
    /// Locks' files of unknown runs are let go of, however young.
    case sweep

    package static func == (left: StoreOperation, right: StoreOperation) -> Bool {
        left.description == right.description
    }

    package func perform(on store: any WorkflowStore) async -> StoreOutcome {
        do throws(StoreError) {
            switch self {
            case .create(let run, let entries, let projection):
                return .created(try await store.createRun(run, entries: entries, projection: projection))
            case .claim(let run): return .claimed(try await store.claim(run))
            case .release(let claim):
                await store.release(claim)
                return .done
            case .append(let append): return .appended(try await store.append(append))
            case .takeLocks(let names, let holder, let claim, let at):
                return .asked(try await store.takeLocks(names, holder: holder, claim: claim, at: at))
            case .enqueue(let request):
                try await store.enqueue(request)
                return .done
            case .remove(let claim):
                try await store.remove(claim)
                return .done
            case .sweep:
                // What it had to do depends on how far earlier removals came.
                _ = try await store.sweep(before: .latest)
                return .done
            }
        } catch {
            return .failed(error)
        }
    }
}

extension StoreOperation: CustomStringConvertible {
    package var description: String {
        switch self {
        case .create(let run, let entries, _):
            "create \(run.id?.text ?? "(next)") \(run.uuid.text) with \(entries.count) entries"
        case .claim(let run): "claim \(run.text)"
        case .release(let claim): "release \(claim.run.text) token \(claim.token.number)"
        case .append(let append):
            "append \(append.entries.map(\.fact.type)) behind \(append.head) to \(append.claim.run.text) token "
                + "\(append.claim.token.number), \(append.projection.status.rawValue), answering "
                + "\(append.answeredRequests), releasing \(append.releasing)"
        case .takeLocks(let names, let holder, let claim, _):
            "take \(names.map { "\($0.kind.rawValue) \($0.name.prefix(20))" }) as \"\(holder.prefix(20))\" for "
                + "\(claim.run.text) token \(claim.token.number)"
        case .remove(let claim): "remove \(claim.run.text) token \(claim.token.number)"
        case .sweep: "sweep"
        case .enqueue(let request): "enqueue \(request.kind) for \(request.run.text)"
        }
    }
}

/// What a store answered to an operation.
package enum StoreOutcome: Sendable {
    case created(CreatedRun)
    case claimed(RunClaim)
    case appended(AppendReceipt)
    case asked([LockObstacle])
    case done
    case failed(StoreError)

    package var error: StoreError? {
        if case .failed(let error) = self { return error }
        return nil
    }
}

extension StoreOutcome: Equatable {
    /// Errors are equal by their codes: messages may name paths and processes.
    package static func == (left: StoreOutcome, right: StoreOutcome) -> Bool {
        switch (left, right) {
        case (.created(let left), .created(let right)): left == right
        case (.claimed(let left), .claimed(let right)): left == right
        case (.appended(let left), .appended(let right)): left == right
        case (.asked(let left), .asked(let right)): left == right
        case (.done, .done): true
        case (.failed(let left), .failed(let right)): left.code == right.code
        default: false
        }
    }
}
