internal import VCIFormat

extension AnswerKeys {
  /// Decodes what the answer to `request` says if it was carried out.
  func details(of request: PortRequest) throws -> PortAnswer.Details {
    switch request {
    case .hello: return .capabilities(try hello())
    case .info: return .info(try info())
    case .read:
      try requireNoOther(than: ["runs"])
      return .runs(try list("runs") { try $0.run() })
    case .write:
      try requireNoOther(than: ["written", "losses"])
      return .written(
        try digits("written"), losses: try optionalList("losses") { try $0.loss() })
    case .check:
      try requireNoOther(than: ["findings", "exit"])
      if contains("exit") { _ = try number("exit") }
      return .findings(try list("findings") { try $0.finding() })
    case .bye, .ping, .probe, .open, .extents, .create, .discard, .flush, .setModUUID, .close:
      try requireNoOther(than: [])
      return .nothing
    }
  }

  private func hello() throws -> Capabilities {
    try requireNoOther(than: ["protocol", "caps"])
    let version = try number("protocol")
    guard version == PortRequest.protocolVersion else {
      throw flaw("protocol", "\(version) was not offered")
    }
    return try object("caps").capabilities()
  }

  private func capabilities() throws -> Capabilities {
    try requireOnly([
      "name", "version", "language", "homepage", "ops", "features", "durability", "maxBlocks",
      "known",
    ])
    var capabilities = Capabilities()
    capabilities.name = try text("name")
    capabilities.version = try text("version")
    capabilities.language = try optionalText("language")
    capabilities.homepage = try optionalText("homepage")
    for operation in try texts("ops") {
      guard Capabilities.operations.contains(operation) else {
        throw flaw("ops", "there is no operation \(PrintableText(operation))")
      }
      capabilities.operations.insert(operation)
    }
    for name in try texts("features") {
      guard let feature = Feature(rawValue: name) else {
        throw flaw("features", "there is no feature \(PrintableText(name))")
      }
      capabilities.features.insert(feature)
    }
    if let word = try optionalText("durability") {
      guard let durability = Capabilities.Durability(rawValue: word) else {
        throw flaw("durability", "\(PrintableText(word)) is none of none, close and flush")
      }
      capabilities.durability = durability
    }
    if contains("maxBlocks") { capabilities.mostBlocks = try digits("maxBlocks") }
    capabilities.known = try optionalList("known") { keys in
      try keys.requireOnly(["name", "issue"])
      return Capabilities.KnownFailure(name: try keys.text("name"), issue: try keys.text("issue"))
    }
    if let words = capabilities.flaw { throw flaw(words) }
    return capabilities
  }

  private func info() throws -> PortAnswer.Info {
    try requireNoOther(than: ["version", "type", "blocks", "dirty", "uuid", "modUuid"])
    let type = try text("type")
    guard ["dynamic", "fixed"].contains(type) else {
      throw flaw("type", "\(PrintableText(type)) is neither dynamic nor fixed")
    }
    return PortAnswer.Info(
      version: try digits("version"), isFixed: type == "fixed", blocks: try digits("blocks"),
      isDirty: try flag("dirty"), uuid: try uuid("uuid"), modUUID: try uuid("modUuid"))
  }

  private func run() throws -> PortAnswer.Run {
    try requireOnly(["state", "block", "count"])
    let state = try text("state")
    guard ["hit", "miss"].contains(state) else {
      throw flaw("state", "\(PrintableText(state)) is neither hit nor miss")
    }
    return PortAnswer.Run(
      isHit: state == "hit", block: try digits("block"), count: try digits("count"))
  }

  private func loss() throws -> PortAnswer.Loss {
    try requireOnly(["reason", "block", "count"])
    let reason = try text("reason")
    guard ["evicted", "dropped"].contains(reason) else {
      throw flaw("reason", "\(PrintableText(reason)) is neither evicted nor dropped")
    }
    return PortAnswer.Loss(
      isEviction: reason == "evicted", block: try digits("block"), count: try digits("count"))
  }

  private func finding() throws -> PortAnswer.Finding {
    try requireOnly(["rule", "class"])
    return PortAnswer.Finding(rule: try text("rule"), class: try text("class"))
  }
}
