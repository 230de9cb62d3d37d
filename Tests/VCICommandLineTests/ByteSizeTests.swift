import Testing
import VCICommandLine

struct `Reading a size` {
  @Test(
    arguments: [
      ("0", 0), ("512", 512), ("7B", 7), ("64KiB", 65_536), ("3MiB", 3_145_728),
      ("1GiB", 1_073_741_824), ("2TiB", 2_199_023_255_552), ("1PiB", 1_125_899_906_842_624),
      ("15EiB", 17_293_822_569_102_704_640), ("18446744073709551615", UInt64.max),
    ] as [(String, UInt64)])
  func `takes a number with a unit or without`(text: String, bytes: UInt64) throws {
    #expect(try ByteSize(text).bytes == bytes)
  }

  @Test(arguments: [
    "", "KiB", "-1", "+1", "1.5GiB", "1 GiB", "1kib", "1GB", "1K", "0x10", "1e9", "١", "1BB",
  ])
  func `refuses what is no whole number with a unit`(text: String) {
    #expect(throws: ByteSizeError.notASize) { try ByteSize(text) }
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
