import Testing
import VCIChecker
import VCIFormat
import VCITesting

/// The files of the known writers, their bytes typed by hand.
struct `Checking what known writers leave` {
  /// What 4.0 and later lay out alike: dirty for ever, no UUIDs, 2 MiB.
  private let bare = HandmadeImage().changed {
    $0.bytes[16] = 1
    for index in 41..<57 { $0.bytes[index] = 0 }
  }

  @Test
  func `VCI-HDR-001 refuses the format from before 4.0`() throws {
    let image = bare.changed {
      $0.put([0x00, 0x49, 0x43, 0x56], at: 0)
      $0.put([0x4b, 0x4c, 0x42, 0x56], at: 1024)
      $0.bytes[2048] = 3
    }
    #expect(try findings(image) == ["VCI-HDR-001 corruption at 0 header.signature"])
    let report = try Checker().check(BytesSource(image.bytes))
    #expect(report.verdict == .notAnImage)
  }

  @Test
  func `finds counters that were never kept in those of 4.0`() throws {
    let dynamic = bare.changed {
      $0.put(4096, width: 8, at: 1040)
      $0.put(0, width: 8, at: 1048)
    }
    #expect(
      try findings(dynamic) == [
        "VCI-SHD-001 dirty at 16 header.uncleanShutdown",
        "VCI-HDR-011 advice at 41 header.imageUUID", "VCI-MAP-005 summary at 1040 map.free",
        "VCI-MAP-009 summary at 1048 map.metadata",
      ])
    let fixed = dynamic.changed { $0.bytes[17] = 2 }
    #expect(
      try findings(fixed).filter { $0.contains("FILE") } == ["VCI-FILE-004 advice at 6144 file"])
    #expect(try Checker().check(BytesSource(fixed.bytes)).verdict == .repairable)
  }

  @Test
  func `VCI-FILE-001 VCI-HDR-001 refuses what 4.2 writes`() throws {
    let small = bare.changed {
      $0.bytes = [0x56, 0x43, 0x56, 0xff, 0x02, 0, 0, 0, 0, 0, 0, 0]
    }
    #expect(try findings(small) == ["VCI-FILE-001 corruption at 12 file"])
    let large = bare.changed {
      $0.bytes = [UInt8](repeating: 0xff, count: 2059)
      $0.put([0x56, 0x43, 0x56], at: 0)
    }
    #expect(try findings(large) == ["VCI-HDR-001 corruption at 0 header.signature"])
    for image in [small, large] {
      let report = try Checker().check(BytesSource(image.bytes))
      #expect(report.verdict == .notAnImage)
      #expect("\(ReportText(report, of: "a.vci"))".contains("VirtualBox 4.2 and later"))
    }
  }

  @Test
  func `finds exchanged counters in what 4.2 meant to write`() throws {
    let dynamic = bare.changed {
      $0.put(0, width: 8, at: 1048)
      $0.put(12, width: 8, at: 1056)
    }
    #expect(
      try findings(dynamic) == [
        "VCI-SHD-001 dirty at 16 header.uncleanShutdown",
        "VCI-HDR-011 advice at 41 header.imageUUID", "VCI-MAP-010 summary at 1048 map.metadata",
      ])
    let fixed = dynamic.changed { $0.bytes[17] = 2 }
    #expect(
      try findings(fixed) == [
        "VCI-SHD-001 dirty at 16 header.uncleanShutdown",
        "VCI-HDR-011 advice at 41 header.imageUUID", "VCI-FILE-004 advice at 6144 file",
        "VCI-MAP-010 summary at 1048 map.metadata",
      ])
  }

  @Test(
    arguments: 1...7 as ClosedRange<UInt64>)
  func `VCI-HDR-009 refuses a map that is one block too small`(rest: UInt64) throws {
    let image = bare.changed {
      for place in [8, 1032] { $0.put(4096 + rest, width: 8, at: place) }
    }
    #expect(
      try findings(image) == [
        "VCI-SHD-001 dirty at 16 header.uncleanShutdown",
        "VCI-HDR-011 advice at 41 header.imageUUID",
        "VCI-HDR-009 corruption at 37 header.blockMapBlocks",
        "VCI-HDR-012 advice at 8 header.blocks",
      ])
  }
}
