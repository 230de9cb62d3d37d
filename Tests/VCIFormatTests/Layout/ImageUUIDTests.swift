import Testing
import VCIFormat

struct `The text of a UUID` {
  let uuid = ImageUUID(high: 0x0123_4567_89ab_cdef, low: 0x00fe_dcba_9876_5432)

  @Test
  func `is five groups of digits in lower case`() {
    #expect(uuid.description == "01234567-89ab-cdef-00fe-dcba98765432")
    #expect(ImageUUID.nil.description == "00000000-0000-0000-0000-000000000000")
  }

  @Test
  func `is read in either case`() {
    #expect(ImageUUID("01234567-89ab-cdef-00fe-dcba98765432") == uuid)
    #expect(ImageUUID("01234567-89AB-CDEF-00FE-DCBA98765432") == uuid)
  }

  @Test(arguments: [
    "", "0123456789abcdef00fedcba98765432", "01234567-89ab-cdef-00fe-dcba9876543",
    "01234567-89ab-cdef-00fe-dcba987654321", "0123456-789ab-cdef-00fe-dcba98765432",
    "01234567-89ab-cdef-00fe-dcba9876543g", "+1234567-89ab-cdef-00fe-dcba98765432",
    "{01234567-89ab-cdef-00fe-dcba98765432}", "01234567-89ab-cdef-00fe-dcba98765432-",
    "\u{ff10}34567-89ab-cdef-00fe-dcba98765432",
  ])
  func `is nothing else`(text: String) {
    #expect(ImageUUID(text) == nil)
  }
}

struct `A random UUID` {
  private struct Constant: RandomNumberGenerator {
    let value: UInt64
    mutating func next() -> UInt64 { value }
  }

  @Test
  func `is of version 4 and of the usual variant, whatever is drawn`() {
    var zeros = Constant(value: 0)
    var ones = Constant(value: .max)
    #expect(
      ImageUUID.random(using: &zeros).description == "00000000-0000-4000-8000-000000000000")
    #expect(
      ImageUUID.random(using: &ones).description == "ffffffff-ffff-4fff-bfff-ffffffffffff")
  }
}
