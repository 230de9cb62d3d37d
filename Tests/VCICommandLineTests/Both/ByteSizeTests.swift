import Testing
import VCICommandLine

struct `Reading a size` {
  @Test(
    arguments: [
      ("0", 0), ("512", 512), ("7B", 7), ("64KiB", 65_536), ("3MiB", 3_145_728),
      ("1GiB", 1_073_741_824), ("2TiB", 2_199_023_255_552), ("1PiB", 1_125_899_906_842_624),
      ("15EiB", 17_293_822_569_102_704_640), ("18446744073709551615", UInt64.max),
      ("1.5GiB", 1_610_612_736), ("0.5KiB", 512), ("2.50KiB", 2560), ("1.0", 1), ("7.0B", 7),
      ("0.0009765625KiB", 1), ("15.9990234375EiB", 18_445_618_173_802_708_992),
    ] as [(String, UInt64)])
  func `takes a number with a unit or without`(text: String, bytes: UInt64) throws {
    #expect(try ByteSize(text).bytes == bytes)
  }

  @Test(arguments: [
    "", "KiB", "+1", "١", ".", "1.", ".5", "1.2.3", "1..2KiB", ".KiB",
  ])
  func `refuses what is no number with a unit`(text: String) {
    #expect(throws: ByteSizeError.notASize) { try ByteSize(text) }
  }

  @Test(arguments: ["1 GiB", "1kib", "1GB", "1K", "0x10", "1e9", "1BB", "1.5gib"])
  func `names what is no unit`(text: String) {
    let unit = text.drop { $0.isNumber || $0 == "." }
    #expect(throws: ByteSizeError.unit(String(unit))) { try ByteSize(text) }
  }

  @Test(arguments: ["-1", "-1KiB", "-"])
  func `refuses what is less than 0`(text: String) {
    #expect(throws: ByteSizeError.negative) { try ByteSize(text) }
  }

  @Test(arguments: ["0.5", "1.5B", "1.0001KiB", "0.12345678901234567890123KiB"])
  func `refuses what is no whole number of bytes`(text: String) {
    #expect(throws: ByteSizeError.notWhole) { try ByteSize(text) }
  }

  @Test(arguments: [
    "18446744073709551616", "16EiB", "18014398509481984KiB", "99999999999999999999999",
  ])
  func `refuses what 64 bits cannot hold`(text: String) {
    #expect(throws: ByteSizeError.tooLarge) { try ByteSize(text) }
  }
}

struct `A size in words` {
  @Test(
    arguments: [
      (0, "0 bytes"), (1, "1 bytes"), (512, "512 bytes"), (1024, "1 KiB"), (1536, "1536 bytes"),
      (2_097_152, "2 MiB"), (3_221_225_472, "3 GiB"),
    ] as [(UInt64, String)])
  func `has the largest unit of which it is a whole number`(bytes: UInt64, text: String) {
    #expect(ByteSize(bytes: bytes).text == text)
  }
}
