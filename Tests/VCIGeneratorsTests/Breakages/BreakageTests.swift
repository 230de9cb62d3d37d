import PropertyEngine
import Testing
import VCIFormat
import VCIGenerators
import VCITesting

private let stream = RandomStream(rawValue: 1)

struct `A plan` {
  @Test
  func `is forecast to have no finding but dirty and advice, and summaries without a map`() {
    for index in 0..<300 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 5, index: index, stream: stream))
      let plan = ImagePlan.drawn(from: &choices)
      let findings = EditableImage(plan).model.flatMap { Forecast($0) }?.findings
      let classes = Set(findings.map { $0.map(\.ruleClass) } ?? [.corruption])
      let allowed: Set<RuleClass> =
        plan.isMapClear ? [.advice, .dirty, .summary] : [.advice, .dirty]
      #expect(classes.isSubset(of: allowed), "plan \(index)")
      #expect(!plan.isMapClear || plan.isDirty, "plan \(index)")
    }
  }

  @Test
  func `is drawn with every trait`() {
    var counts: [PlanTrait: Int] = [:]
    var drawn = 0
    // The rarest come late, so only then are more drawn than the shares below need.
    while drawn < 500 || counts.count < PlanTrait.allCases.count, drawn < 20_000 {
      var choices = Choices(RandomSource(seed: 5, index: UInt64(drawn), stream: stream))
      for trait in ValidImage.drawn(from: &choices).traits { counts[trait, default: 0] += 1 }
      drawn += 1
    }
    for trait in PlanTrait.allCases {
      #expect(counts[trait, default: 0] > 0, "no image of \(drawn) has \(trait.rawValue)")
    }
    #expect(counts[.threeNodes, default: 0] * 10 >= drawn * 3)
  }

  @Test
  func `is the smallest image where every choice is the simplest`() {
    var choices = Choices(replaying: [])
    let plan = ImagePlan.drawn(from: &choices)
    #expect(plan.blocks == 12)
    #expect(plan.extents.isEmpty)
    #expect(plan.size == 6144)
  }

  @Test
  func `has the bytes of a hand-made image`() {
    var plan = ImagePlan(
      blocks: 4096, mapAddress: 2, rootAddress: 4,
      extents: [
        Extent(offset: 0, blocks: 1, address: 12), Extent(offset: 10, blocks: 4, address: 13),
        Extent(offset: 100, blocks: 2, address: 17),
      ], size: 19 * 512)
    plan.imageUUID = ImageUUID(high: 0x0011_2233_4455_6677, low: 0x8899_0000_0000_0000)
    plan.link(in: [0, 1, 2])
    let bytes = EditableImage(plan).bytes.materialized(limit: 1 << 20)
    // The data differs: plans have a pattern of their own there.
    #expect(bytes?[..<6144] == HandmadeImage.three.bytes[..<6144])
    #expect(bytes?[6144..<6152] == [0x00, 0x44, 0x54, 0x41, 0x44, 0x49, 0x43, 0x56])
  }
}

struct `A valid image` {
  @Test
  func `breaks rules of any class but corruption, and is the plan's image after its edits`() {
    var flawed = 0
    for index in 0..<300 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 6, index: index, stream: stream))
      let valid = ValidImage.drawn(from: &choices)
      let findings = valid.image.model.flatMap { Forecast($0) }?.findings
      #expect(findings?.contains { $0.ruleClass == .corruption } == false, "image \(index)")
      #expect(valid.forecast?.findings == findings, "image \(index)")
      var image = EditableImage(valid.plan)
      for edit in valid.flaws { image.apply(edit) }
      #expect(image.bytes == valid.image.bytes, "image \(index)")
      if !valid.flaws.isEmpty { flawed += 1 }
    }
    #expect(flawed >= 45)
  }
}

struct `A breakage` {
  @Test
  func `breaks its rule wherever it finds a way`() {
    var drawn: [Rule: Int] = [:]
    var broken: [Rule: Int] = [:]
    for index in 0..<300 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 7, index: index, stream: stream))
      let image = EditableImage(ImagePlan.drawn(from: &choices))
      for rule in Rule.allCases {
        guard let model = image.model else { continue }
        var edited = image
        let edits = Breakage.drawn(of: rule, in: model, from: &choices)
        if edits.isEmpty { continue }
        for edit in edits { edited.apply(edit) }
        drawn[rule, default: 0] += 1
        let findings = edited.model.flatMap { Forecast($0) }?.findings ?? []
        if findings.contains(where: { $0.rule == rule }) { broken[rule, default: 0] += 1 }
      }
    }
    for rule in Rule.allCases {
      let tried = drawn[rule, default: 0]
      // Few images have sixteen levels, or a subtree that can be hung a level higher.
      let least = [Rule.treeDepth: 10, .leavesLevel: 50][rule, default: 100]
      #expect(tried >= least, "\(rule)")
      // What is left over another rule silences.
      #expect(broken[rule, default: 0] * 10 >= tried * 7, "\(rule)")
    }
  }

  @Test(arguments: [Rule.nodeApart, .mapApartFromRoot, .childInRange, .extentApartFromData])
  func `may follow others of its rule on one image`(_ rule: Rule) {
    var drawn = 0
    for index in 0..<300 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 8, index: index, stream: stream))
      var image = EditableImage(ImagePlan.drawn(from: &choices))
      for _ in 0..<8 {
        guard let model = image.model, model.header.blocks.rawValue < 1 << 20 else { break }
        let edits = Breakage.drawn(of: rule, in: model, from: &choices)
        for edit in edits { image.apply(edit) }
        drawn += edits.isEmpty ? 0 : 1
      }
    }
    #expect(drawn >= 300)
  }
}

struct `An edit` {
  private let three = EditableImage(
    ImagePlan(
      blocks: 4096, mapAddress: 2, rootAddress: 4,
      extents: [Extent(offset: 0, blocks: 1, address: 12)], size: 13 * 512))

  private func changed(_ edits: Edit...) -> EditableImage {
    var image = three
    for edit in edits { image.apply(edit) }
    return image
  }

  private func bytes(_ image: EditableImage, _ range: Range<Int>) -> [UInt8] {
    Array(image.bytes.materialized(limit: 1 << 20)?[range] ?? [])
  }

  @Test
  func `changes bytes at the place that it names, and the model alike`() {
    let blocks = changed(.change(.field(.blocks), .to(0x1122)))
    #expect(bytes(blocks, 8..<16) == [0x22, 0x11, 0, 0, 0, 0, 0, 0])
    #expect(blocks.model?.header.blocks == 0x1122)
    let flags = changed(.change(.extent(.root, slot: 0, .extentFlags), .flipping(5)))
    #expect(bytes(flags, 2065..<2066) == [5])
    #expect(flags.model.flatMap { Forecast($0) }?.findings.map(\.rule) == [.extentFlags])
    let wrapped = changed(.change(.field(.blockMapBlocks), .adding(.max - 1)))
    #expect(bytes(wrapped, 37..<41) == [0, 0, 0, 0])
    let bit = changed(.toggle(17))
    #expect(bytes(bit, 1538..<1539) == [0x02])
    let poked = changed(.poke(.node(.root, .nodeEntries), offset: 28, byte: 9))
    #expect(bytes(poked, 6143..<6144) == [9])
  }

  @Test
  func `of a slot behind the used ones makes it`() {
    let image = changed(.change(.extent(.root, slot: 106, .extentBlocks), .to(3)))
    #expect(bytes(image, 6103..<6107) == [3, 0, 0, 0])
    // Half a slot behind unused ones is neither used nor unused.
    #expect(image.model.flatMap { Forecast($0) }?.findings.map(\.rule) == [.nodeEntriesWhole])
  }

  @Test
  func `that refits sets bitmap and counters to what is owned`() {
    let image = changed(
      .change(.extent(.root, slot: 0, .extentBlocks), .to(2)), .resize(7168), .refit)
    #expect(bytes(image, 1536..<1538) == [0xff, 0x3f])
    #expect(bytes(image, 1040..<1042) == [0xf2, 0x0f])
    #expect(bytes(image, 1056..<1057) == [2])
    #expect(image.model.flatMap { Forecast($0) }?.findings == [])
  }

  @Test
  func `that is blind leaves nothing to forecast`() {
    #expect(changed(.raw(offset: 3, [1])).model == nil)
  }

  @Test
  func `outside of what is kept keeps it from then on`() {
    var image = changed(.raw(offset: 6150, [7, 7]))
    image.apply(.raw(offset: 1 << 40, [8]))
    let all = image.bytes.materialized(limit: 1 << 20)
    #expect(all?[6144..<6153] == [0x00, 0x44, 0x54, 0x41, 0x44, 0x49, 7, 7, 0x01])
    #expect(all?.count == 6656)
  }
}
