import SystemPackage
import Testing
import VCIFormat

@testable import VCIConformance

private let uuid = ImageUUID(high: 0x0123_4567_89ab_4def, low: 0x8123_4567_89ab_cdef)

struct `A request as a line` {
  private func line(_ request: PortRequest, id: UInt64 = 7) -> String {
    String(decoding: request.line(id: id), as: UTF8.self)
  }

  @Test
  func `hello offers protocol 1 and all features`() {
    #expect(
      line(.hello, id: 1)
        == #"{"features":["multi-level-tree","wide-disks","fixed","dirty-recovery","mod-uuid","#
        + #""locks"],"id":1,"op":"hello","protocol":[1]}"# + "\n")
  }

  @Test
  func `quantities are strings of digits, also the largest`() {
    #expect(
      line(
        .read(
          handle: "h", block: 9_007_199_254_740_993, count: 18_437_736_874_454_810_623,
          file: "/t/out"))
        == #"{"block":"9007199254740993","count":"18437736874454810623","file":"/t/out","#
        + #""handle":"h","id":7,"op":"read"}"# + "\n")
  }

  @Test(
    arguments: [
      (.ping, #"{"id":7,"op":"ping"}"#),
      (.bye, #"{"id":7,"op":"bye"}"#),
      (.probe(image: "/t/a"), #"{"id":7,"image":"/t/a","op":"probe"}"#),
      (
        .open(image: "/t/a", handle: "h", .reading),
        #"{"handle":"h","id":7,"image":"/t/a","mode":"ro","op":"open"}"#
      ),
      (
        .open(image: "/t/a", handle: "h", .writing, modUUID: uuid),
        #"{"handle":"h","id":7,"image":"/t/a","#
          + #""modUuid":"01234567-89ab-4def-8123-456789abcdef","mode":"rw","op":"open"}"#
      ),
      (.info(handle: "h"), #"{"handle":"h","id":7,"op":"info"}"#),
      (
        .extents(image: "/t/a", file: "/t/b"),
        #"{"file":"/t/b","id":7,"image":"/t/a","op":"extents"}"#
      ),
      (
        .create(image: "/t/a", blocks: 21, isFixed: true, uuid),
        #"{"blocks":"21","id":7,"image":"/t/a","op":"create","type":"fixed","#
          + #""uuid":"01234567-89ab-4def-8123-456789abcdef"}"#
      ),
      (
        .write(handle: "h", block: 0, count: 1, file: "/t/in"),
        #"{"block":"0","count":"1","file":"/t/in","handle":"h","id":7,"op":"write"}"#
      ),
      (
        .discard(handle: "h", block: 5, count: 6),
        #"{"block":"5","count":"6","handle":"h","id":7,"op":"discard"}"#
      ),
      (.flush(handle: "h"), #"{"handle":"h","id":7,"op":"flush"}"#),
      (
        .setModUUID(handle: "h", uuid),
        #"{"handle":"h","id":7,"op":"set-moduuid","uuid":"01234567-89ab-4def-8123-456789abcdef"}"#
      ),
      (.close(handle: "h"), #"{"handle":"h","id":7,"op":"close"}"#),
      (.check(image: "/t/a"), #"{"id":7,"image":"/t/a","op":"check","repair":"none"}"#),
    ] as [(PortRequest, String)])
  func `has the keys of its operation`(request: PortRequest, text: String) {
    #expect(line(request) == text + "\n")
  }
}

struct `A request as arguments` {
  @Test(
    arguments: [
      (.hello, ["caps"]),
      (.probe(image: "/t/a"), ["probe", "/t/a"]),
      (.open(image: "/t/a", handle: "x", .reading), ["open-ro", "/t/a"]),
      (
        .open(image: "/t/a", handle: "x", .writing, modUUID: uuid),
        ["open-rw", "/t/a", "01234567-89ab-4def-8123-456789abcdef"]
      ),
      (.info(handle: "h"), ["info", "/t/image"]),
      (
        .read(handle: "h", block: 3, count: 4, file: "/t/out"),
        ["read", "/t/image", "3", "4", "/t/out"]
      ),
      (.extents(image: "/t/a", file: "/t/list"), ["extents", "/t/a"]),
      (
        .create(image: "/t/a", blocks: 21, isFixed: false, uuid),
        ["create", "/t/a", "21", "dynamic", "01234567-89ab-4def-8123-456789abcdef"]
      ),
      (
        .write(handle: "h", block: 3, count: 4, file: "/t/in"),
        ["write", "/t/image", "3", "4", "/t/in"]
      ),
      (.discard(handle: "h", block: 3, count: 4), ["discard", "/t/image", "3", "4"]),
      (.flush(handle: "h"), ["flush", "/t/image"]),
      (
        .setModUUID(handle: "h", uuid),
        ["set-moduuid", "/t/image", "01234567-89ab-4def-8123-456789abcdef"]
      ),
      (.check(image: "/t/a"), ["check", "/t/a"]),
    ] as [(PortRequest, [String])])
  func `names the image of its handle`(request: PortRequest, words: [String]) {
    #expect(request.arguments(["h": "/t/image"]) == words)
  }

  @Test(arguments: [.close(handle: "h"), .ping, .bye] as [PortRequest])
  func `is none where the form has no process for it`(request: PortRequest) {
    #expect(request.arguments(["h": "/t/image"]) == nil)
  }
}
