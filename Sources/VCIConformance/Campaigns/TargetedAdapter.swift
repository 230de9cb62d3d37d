internal import VCIFormat

/// A program of which only some operations are used.
final class TargetedAdapter: Adapter {
  let capabilities: Capabilities
  private let adapter: any Adapter

  /// Uses of `adapter` these operations alone, of those that it has.
  init(_ adapter: any Adapter, operations: Set<String>) {
    self.adapter = adapter
    var capabilities = adapter.capabilities
    capabilities.operations.formIntersection(operations)
    self.capabilities = capabilities
  }

  private init(_ adapter: any Adapter, _ capabilities: Capabilities) {
    (self.adapter, self.capabilities) = (adapter, capabilities)
  }

  var keepsHandles: Bool { adapter.keepsHandles }
  var errorTail: [UInt8] { adapter.errorTail }

  func answer(_ request: PortRequest) throws(AdapterFailure) -> PortAnswer {
    try adapter.answer(request)
  }

  func limited(fileBytes: UInt64) -> (any Adapter)? {
    adapter.limited(fileBytes: fileBytes).map { TargetedAdapter($0, capabilities) }
  }

  func recorded(at place: RecorderPlace) -> (any Adapter)? {
    adapter.recorded(at: place).map { TargetedAdapter($0, capabilities) }
  }

  func requireLimits() throws(AdapterFailure) { try adapter.requireLimits() }
  func finish() throws(AdapterFailure) { try adapter.finish() }
  func end() { adapter.end() }
}
