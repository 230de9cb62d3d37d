import Testing
import VCIFormat

struct `The table of fields` {
  @Test(arguments: [
    (Structure.header, 1024), (.blockMap, 512), (.node, 4096), (.extent, 38), (.entry, 20),
  ])
  func `tiles each structure, without gaps and overlaps`(structure: Structure, size: Int) {
    let fields = Field.allCases.map(\.layout).filter { $0.structure == structure }
      .sorted { $0.offset < $1.offset }
    var end = 0
    for field in fields {
      #expect(field.offset == end)
      #expect(field.width > 0)
      end = field.offset + field.width
    }
    #expect(end == size)
    #expect(structure.size == size)
  }

  @Test
  func `names no field of a structure twice`() {
    for structure in Structure.allCases {
      let labels = Field.allCases.filter { $0.layout.structure == structure }.map(\.label)
      #expect(Set(labels).count == labels.count)
    }
  }

  @Test
  func `gives numbers a width that a number has`() {
    for field in Field.allCases {
      switch field.layout.kind {
      case .magic: #expect(field.layout.width == 4)
      case .number, .count: #expect([1, 4, 8].contains(field.layout.width))
      case .address, .offset: #expect(field.layout.width == 8)
      case .uuid: #expect(field.layout.width == 16)
      case .reserved: break
      }
    }
  }
}

struct `The place of a field` {
  @Test
  func `counts from where its structure starts`() {
    #expect(Field.treeRoot.position(from: 0) == 21)
    #expect(Field.mapFree.position(from: 1024) == 1040)
    #expect(Field.nodeType.position(from: 2048) == 2048)
  }

  @Test
  func `in a slot counts the type and the slots before it`() {
    #expect(Field.extentPrevious.position(inNodeAt: 2048, slot: 0) == 2049)
    #expect(Field.extentAddress.position(inNodeAt: 2048, slot: 106) == 2048 + 1 + 106 * 38 + 30)
    #expect(Field.entryChild.position(inNodeAt: 2048, slot: 203) == 2048 + 1 + 203 * 20 + 12)
  }

  @Test
  func `is the end of 64 bits where they can't hold it`() {
    #expect(Field.treeRoot.position(from: .max - 21) == .max)
    #expect(Field.treeRoot.position(from: .max - 20) == .max)
    #expect(Field.extentNext.position(inNodeAt: .max, slot: 0) == .max)
  }
}
