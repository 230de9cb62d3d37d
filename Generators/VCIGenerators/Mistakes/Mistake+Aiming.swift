package import PropertyEngine
internal import VCIFormat

extension Mistake {
  /// Draws edits of a valid image at which a program with the mistake is likely to go wrong; none
  /// if the image has no place for them, or needs none.
  ///
  /// They need not part the two programs: only an `Interrogation` of the edited image tells.
  package func aimed(at model: ImageModel, from choices: inout Choices) -> [Edit] {
    switch self {
    case .comparison(let comparison, let slip):
      Aim(model: model).edits(of: comparison, slip, &choices)
    case .number(.field(let field), let loss): Aim(model: model).edits(of: field, loss, &choices)
    case .scope(.childInRange, _):
      Aim(model: model).edits(of: .childHigh, .dropped, &choices)
    case .scope(let rule, _): Breakage.drawn(of: rule, in: model, from: &choices)
    case .habit(let habit):
      habit.rule.map { Breakage.drawn(of: $0, in: model, from: &choices) } ?? []
    case .check(.total(let total, .lowBits(let bits))):
      Aim(model: model).edits(of: total, 1 << bits)
    case .check(let mistake): Breakage.drawn(of: mistake.rule, in: model, from: &choices)
    case .number(.block, _), .number(.count, _): []
    }
  }
}

/// Edits at the limits of a comparison.
private struct Aim {
  let model: ImageModel

  /// Returns the path of a number; of a slot that is drawn, half of the time the last used one.
  /// It is `nil` if no slot has the number.
  private func path(of field: Field, _ choices: inout Choices) -> Path? {
    switch field.layout.structure {
    case .header, .blockMap: return .field(field)
    case .node:
      return .node(model.nodes[choices.index(below: model.nodes.count)].path, field)
    case .extent, .entry:
      let kind: NodeType = field.layout.structure == .extent ? .leaf : .internal
      let picks = model.nodes.indices.filter { model.nodes[$0].kind == kind }
        .flatMap { node in model.usedSlots(of: node).map { SlotPick(node: node, slot: $0) } }
      guard !picks.isEmpty else { return nil }
      let last = choices.chance(1, in: 2) ? picks.last : nil
      return model.path(last ?? picks[choices.index(below: picks.count)], field)
    }
  }

  func edits(of field: Field, _ loss: Mistake.Loss, _ choices: inout Choices) -> [Edit] {
    guard let path = path(of: field, &choices) else { return [] }
    let more: UInt64 =
      switch loss {
      case .keeps(let bits): 1 << UInt64(bits)
      case .double: choices.element(of: [1 << 53 + 1, 1 << 53, 1 << 54 - 1])
      }
    let change = Edit.change(path, choices.chance(1, in: 8) ? .to(more) : .adding(more))
    switch field {
    case .extentBlocks, .extentAddress, .extentOffset: return [change] + rest(&choices)
    default: return [change]
    }
  }

  /// Adds to a counter, and takes as much from another, so that their sum stays.
  func edits(of total: Total, _ amount: UInt64) -> [Edit] {
    let (field, other): (Field, Field) =
      switch total {
      case .free: (.mapFree, .mapData)
      case .metadata: (.mapMetadata, .mapFree)
      case .data: (.mapData, .mapFree)
      }
    let isLarge = model.counters[other] >= amount
    let (more, less) = isLarge ? (field, other) : (other, field)
    return [.change(.field(more), .adding(amount)), .change(.field(less), .adding(0 &- amount))]
  }

  /// Half of the time, returns the edit that makes bitmap and counters agree with the edited tree.
  private func rest(_ choices: inout Choices) -> [Edit] {
    choices.chance(1, in: 2) ? [.refit] : []
  }

  func edits(of comparison: Comparison, _ slip: Slip, _ choices: inout Choices) -> [Edit] {
    switch comparison {
    case .rootHigh: place(.treeRoot, Format.nodeBlocks, slip, &choices)
    case .mapHigh: place(.blockMap, model.map.count, slip, &choices)
    case .childHigh: place(.entryChild, Format.nodeBlocks, slip, &choices)
    case .dataHigh: place(.extentAddress, nil, slip, &choices)
    case .rootLow: [.move(.field(.treeRoot), to: 1)]
    case .mapLow: [.move(.field(.blockMap), to: 1)]
    case .childLow: path(of: .entryChild, &choices).map { [.move($0, to: 1), .refit] } ?? []
    case .mapCovers, .mapBlocks, .mapMagic, .mapVersion, .signature, .version, .typeHigh, .unclean,
      .typeOfNodeHigh, .typeOfNodeLow, .typeLow:
      number(of: comparison, slip, &choices)
    case .extentOrder where slip == .wraps(32): wrappingOrder(&choices)
    case .fileSize, .blocksLow, .blocksHigh, .mapSum, .rootBeforeMap, .mapBeforeRoot, .mapInFile,
      .rootInFile, .entryOrder, .entryEnd, .extentOrder, .extentEnd, .childInFile, .levels,
      .childStart, .childEnd, .dataLow, .dataInFile, .flags:
      Breakage.drawn(of: comparison.rule, in: model, from: &choices)
    }
  }

  /// Moves a part to a place at which the slip matters.
  private func place(
    _ field: Field, _ fixed: BlockCount?, _ slip: Slip, _ choices: inout Choices
  ) -> [Edit] {
    guard let path = path(of: field, &choices) else { return [] }
    var count = fixed?.rawValue ?? 0
    var live: UInt64 = 2
    if let index = model.index(of: path) {
      live = model[index]
      if fixed == nil { count = model.nodes[index.node].extents[index.slot].blocks.rawValue }
    }
    let end = model.header.blocks.rawValue
    let places: [UInt64] =
      switch slip {
      case .signed(let bits): [1 << UInt64(bits - 1) | live]
      case .wraps(64): [0 &- count, 2 &- count]
      case .wraps(let bits): [1 << UInt64(bits) &- count, 1 << UInt64(bits) &- count &+ 2]
      case .strict, .roundsDown: [end &- count, end &- count &- 1]
      case .limitInBytes: [end, end &* 100, end &- count &+ 1]
      case .limitInBlocks: [end / 512 &+ 1, end / 2]
      case .dropped, .lax, .roundsUp, .lowBits, .orMore, .orLess:
        [end &- count &+ 1, end, end &- count &+ choices.number(in: 1...8)]
      }
    let address = choices.element(of: places)
    guard address < 1 << 50 else { return [.change(path, .to(address))] + rest(&choices) }
    let size = (address + count) * Format.blockSize
    return [.move(path, to: BlockAddress(address)), .refit, .resize(max(model.size, size))]
  }

  /// Changes a number that must have one value, or one of a few, so that the slip matters.
  private func number(
    of comparison: Comparison, _ slip: Slip, _ choices: inout Choices
  ) -> [Edit] {
    let fields: [Comparison: Field] = [
      .mapCovers: .mapBlocks, .mapBlocks: .blockMapBlocks, .mapMagic: .mapMagic,
      .mapVersion: .mapVersion, .signature: .signature, .version: .version, .typeHigh: .cacheType,
      .typeLow: .cacheType, .unclean: .uncleanShutdown, .typeOfNodeHigh: .nodeType,
      .typeOfNodeLow: .nodeType,
    ]
    guard let field = fields[comparison], let path = path(of: field, &choices) else { return [] }
    let more: UInt64 =
      switch slip {
      case .lowBits(let bits): 1 << UInt64(bits)
      case .signed(let bits): 1 << UInt64(bits - 1)
      case .orLess: .max
      case .orMore, .dropped, .lax, .strict, .wraps, .limitInBytes, .limitInBlocks, .roundsUp,
        .roundsDown:
        choices.element(of: [1, .max])
      }
    let change = Edit.change(path, .adding(more))
    switch comparison {
    case .mapCovers: return [change, .change(.field(.mapFree), .adding(more))]
    case .mapBlocks:
      let end = (model.map.first.rawValue &+ model.map.count.rawValue &+ more) &* 512
      return [change, .resize(max(model.size, end < 1 << 50 ? end : 0))]
    default: return [change]
    }
  }

  /// Lets the last two extents of a leaf overlap where a sum of 32 bits wraps.
  private func wrappingOrder(_ choices: inout Choices) -> [Edit] {
    let leaves = model.nodes.indices.filter { model.usedSlots(of: $0).count > 1 }
    guard let leaf = leaves.last, model.nodes[leaf].kind == .leaf else { return [] }
    let used = model.usedSlots(of: leaf)
    let (left, right) = (used[used.count - 2], used[used.count - 1])
    return [
      .change(model.path(leaf, left, .extentOffset), .to(1 << 32 - 1)),
      .change(model.path(leaf, left, .extentBlocks), .to(4)),
      .change(model.path(leaf, right, .extentOffset), .to(1 << 32 + 2)), .refit,
    ]
  }
}
