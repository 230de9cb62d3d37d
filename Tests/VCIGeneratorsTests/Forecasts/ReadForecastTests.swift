import Testing
import VCIFormat
import VCIGenerators

/// The forecasts of an image from its model and from its bytes.
private func forecasts(_ image: EditableImage) throws -> [ReadForecast] {
  [ReadForecast(try #require(image.model)), ReadForecast(image.bytes)]
}

private func expect(
  _ edits: String, _ reads: [(BlockOffset, BlockCount, ReadForecast.Answer)], damage: Bool = true,
  in image: (String) throws -> EditableImage = { try tree($0) },
  at location: SourceLocation = #_sourceLocation
) throws {
  for forecast in try forecasts(image(edits)) {
    for (block, count, answer) in reads {
      #expect(
        forecast.answer(at: block, count: count) == answer, "block \(block)",
        sourceLocation: location)
    }
    #expect(forecast.hasDamage == damage, sourceLocation: location)
  }
}

struct `A forecast of reads` {
  @Test
  func `is a hit within an extent and a miss up to the next one, across nodes`() throws {
    try expect(
      "",
      [
        (0, 1, .hit(upTo: 1, from: 52)), (0, 9, .hit(upTo: 1, from: 52)),
        (12, 8, .hit(upTo: 2, from: 55)), (1, 20, .miss(upTo: 9)), (14, 200, .miss(upTo: 86)),
        (102, 5000, .miss(upTo: 898)), (1002, 5, .hit(upTo: 1, from: 61)),
        (1003, 10, .miss(upTo: 10)),
      ], damage: false)
    for forecast in try forecasts(tree()) {
      #expect(forecast.count == 4)
      #expect(forecast.edges(of: 1) == [10, 13, 14, 9, 12])
      #expect(forecast.edges(of: 4) == [0, 0, 1, 0, 0])
    }
  }

  @Test
  func `is damaged in the whole range of an entry with a damaged child`() throws {
    let leaf: [(BlockOffset, BlockCount, ReadForecast.Answer)] = [
      (0, 1, .damaged), (50, 1, .damaged), (99, 1, .damaged), (100, 1, .hit(upTo: 1, from: 57)),
      (1000, 1, .hit(upTo: 1, from: 59)),
    ]
    for edit in [
      "tree/0/0.type = 3", "tree/0/entry[0].childAddress = 1",
      "tree/0/entry[0].childAddress = 4089",
      "tree/0/entry[0].childAddress = 55", "tree/0/entry[0].childAddress = 4",
      "tree/0/entry[0].childAddress = 12", "tree/0/0/extent[1].blocks = 0",
      "clear tree/0/0/extent[0]", "tree/0/0/extent[1].blockOffset = 0", "tree/0/0.type = 1",
      "tree/0/0/extent[1].blocks = 91",
    ] {
      try expect(edit, leaf)
    }
    let inner: [(BlockOffset, BlockCount, ReadForecast.Answer)] = [
      (0, 1, .damaged), (500, 1, .damaged), (999, 1, .damaged), (1001, 9, .hit(upTo: 2, from: 60)),
    ]
    for edit in [
      "tree/0.type = 3", "tree/0/entry[1].blockOffset = 99", "reshape tree/0 internal",
      "tree/0/entry[1].blocks = 901", "clear tree/0/entry[0]", "tree/0/entry[1].blocks = 0",
    ] {
      try expect(edit, inner)
    }
  }

  @Test
  func `is damaged in an extent that cannot be served, and nowhere else`() throws {
    for edit in [
      "tree/0/0/extent[1].flags = 1", "tree/0/0/extent[1].blockAddress = 1",
      "tree/0/0/extent[1].blockAddress = 4093", "tree/0/0/extent[1].blockAddress = 59",
    ] {
      try expect(
        edit,
        [
          (0, 1, .hit(upTo: 1, from: 52)), (1, 99, .miss(upTo: 9)), (10, 1, .damaged),
          (13, 1, .damaged), (14, 100, .miss(upTo: 86)),
        ])
    }
  }

  @Test
  func `is the same if damage is of a later stage`() throws {
    try expect(
      "tree/0/0.entries[0] = 1\nflip bitmap[52]\ntree/entry[1].childAddress = 44\n"
        + "tree/1/0/extent[0].reserved = 1\ntree/0/0/extent[1].blockAddress = 28",
      [
        (0, 1, .hit(upTo: 1, from: 52)), (11, 1, .hit(upTo: 1, from: 29)),
        (1000, 9, .hit(upTo: 3, from: 59)),
      ],
      damage: false)
  }

  @Test
  func `is damaged in the range of an entry at level 16`() throws {
    try expect(
      """
      reshape \(deepest) internal
      \(deepest)/entry[0].blocks = 2
      \(deepest)/entry[0].childAddress = 4
      """,
      [(0, 1, .damaged), (1, 1, .damaged), (2, 3, .miss(upTo: 3))], in: { try chain($0) })
  }
}
