internal import SystemPackage
internal import VCIFormat

extension RequestLine {
  private static let keys = [
    "op", "protocol", "features", "image", "handle", "mode", "modUuid", "block", "count", "file",
    "blocks", "type", "uuid", "repair",
  ]

  /// Decodes the request of a recording, which has no ID.
  ///
  /// - Throws: `DecodingError`, also for a key that no request has.
  init(_ keys: AnswerKeys) throws {
    try keys.requireOnly(Self.keys)
    op = try keys.text("op")
    `protocol` = keys.contains("protocol") ? try keys.numbers("protocol") : nil
    features = keys.contains("features") ? try keys.texts("features") : nil
    image = try keys.optionalText("image")
    handle = try keys.optionalText("handle")
    mode = try keys.optionalText("mode")
    modUuid = try keys.optionalText("modUuid")
    block = try keys.optionalText("block")
    count = try keys.optionalText("count")
    file = try keys.optionalText("file")
    blocks = try keys.optionalText("blocks")
    type = try keys.optionalText("type")
    uuid = try keys.optionalText("uuid")
    repair = try keys.optionalText("repair")
  }

  /// The request; `nil` if a key that its operation has is missing or wrong. The mode of a check is
  /// not a part of it.
  var request: PortRequest? {
    let image = image.map { FilePath($0) }
    let file = file.map { FilePath($0) }
    let (block, count) = (number(block), number(count))
    switch op {
    case "hello": return .hello
    case "ping": return .ping
    case "bye": return .bye
    case "probe": return image.map { .probe(image: $0) }
    case "extents":
      guard let image, let file else { return nil }
      return .extents(image: image, file: file)
    case "check":
      return repair == nil ? nil : image.map { .check(image: $0) }
    case "open":
      guard let image, let handle, let mode = mode.flatMap({ PortRequest.Mode(rawValue: $0) })
      else { return nil }
      return .open(image: image, handle: handle, mode, modUUID: modUuid.flatMap { ImageUUID($0) })
    case "create":
      guard let image, let blocks = number(blocks), let uuid = uuid.flatMap({ ImageUUID($0) })
      else { return nil }
      return .create(image: image, blocks: blocks, isFixed: type == "fixed", uuid)
    case "info": return handle.map { .info(handle: $0) }
    case "flush": return handle.map { .flush(handle: $0) }
    case "close": return handle.map { .close(handle: $0) }
    case "read":
      guard let handle, let block, let count, let file else { return nil }
      return .read(handle: handle, block: block, count: count, file: file)
    case "write":
      guard let handle, let block, let count, let file else { return nil }
      return .write(handle: handle, block: block, count: count, file: file)
    case "discard":
      guard let handle, let block, let count else { return nil }
      return .discard(handle: handle, block: block, count: count)
    case "set-moduuid":
      guard let handle, let uuid = uuid.flatMap({ ImageUUID($0) }) else { return nil }
      return .setModUUID(handle: handle, uuid)
    default: return nil
    }
  }

  /// The block behind the last one of the request; `nil` if it is about no blocks.
  var end: UInt64? {
    guard let block = number(block), let count = number(count) else { return nil }
    let (end, isTooLarge) = block.addingReportingOverflow(count)
    return isTooLarge ? .max : end
  }

  private func number(_ digits: String?) -> UInt64? {
    digits.flatMap { PortNumber($0) }.map(\.value)
  }

  /// The capability without which the request is not made; `nil` for requests that every adapter
  /// answers.
  var capability: String? {
    switch repair {
    case "leaks", "all": repair.map { "repair-\($0)" }
    default: op == "close" ? nil : request?.capability
    }
  }
}
