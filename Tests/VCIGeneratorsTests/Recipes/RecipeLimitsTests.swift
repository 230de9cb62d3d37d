import Testing
import VCIFormat
import VCIGenerators

struct `A recipe with a large image` {
  private func error(_ text: String, writing limit: UInt64 = 1 << 30) -> RecipeError? {
    do throws(RecipeError) {
      _ = try Recipe(parsing: text, writing: limit)
      return nil
    } catch {
      return error
    }
  }

  @Test
  func `is refused at the line of the largest pattern`() {
    #expect(
      error("size: 1099511627776\npattern 0+1024\npattern 1024+1099511626752\n")
        == RecipeError(
          line: 3, "the image has 1099511627776 bytes outside of holes, and may have 1073741824"))
    #expect(error("size: 8192\npattern 0+8192\n", writing: 8192) == nil)
    #expect(error("size: 8192\npattern 0+8192\n", writing: 8191)?.line == 2)
  }

  @Test
  func `is refused at the line of the largest extent`() {
    let plan = """
      blocks: 1073741824
      map: 2
      size: 549755813888
      leaf tree at 1000000
        extent 0+2 at 1000010
        extent 10+16384 at 2000000
        extent 20000+4000000 at 3000000
      """
    let most: UInt64 = 8_388_608
    #expect(error(plan, writing: most)?.line == 6)
    // Blocks past the file's end are not written, nor are holes, nor most of a long extent.
    #expect(error(plan + "\nfile.size = 1048576\n", writing: most) == nil)
    #expect(error(plan + "\nfill 1024000000+8388608 = 00\n", writing: most) == nil)
  }

  @Test
  func `counts the whole block of a byte`() {
    #expect(
      error("size: 8192\nbytes 0 = 1\nbytes 600 = 1 2\nbytes 1000 = 1\n", writing: 1024) == nil)
    #expect(error("size: 8192\nbytes 0 = 1\nbytes 600 = 1 2\n", writing: 1023) != nil)
  }

  @Test
  func `is refused for too much front matter`() {
    #expect(error("title: " + String(repeating: "x", count: 4096) + "\nsize: 0\n") == nil)
    #expect(error("title: " + String(repeating: "x", count: 4097) + "\nsize: 0\n")?.line == 1)
    let finding = "finding: VCI-HDR-001 corruption at 0\n"
    #expect(error(String(repeating: finding, count: 1024) + "size: 0\n") == nil)
    #expect(error(String(repeating: finding, count: 1025) + "size: 0\n")?.line == 1025)
    #expect(error(String(repeating: "read: 0+1 = miss 1\n", count: 257) + "size: 0\n")?.line == 257)
  }

  @Test
  func `is refused for a line that is too long, of any characters`() {
    let marks = "# e" + String(repeating: "\u{301}", count: 1 << 19)
    #expect(error("size: 0\n" + marks + "\n") == RecipeError(line: 2, "more than 1048576 bytes"))
  }

  @Test
  func `is refused for more refits than 256`() {
    let plan = "blocks: 4096\nmap: 2\nleaf tree at 4\n"
    #expect(error(plan + String(repeating: "refit\n", count: 256)) == nil)
    #expect(error(plan + String(repeating: "refit\n", count: 257))?.line == 260)
  }
}

struct `The text of a recipe` {
  @Test
  func `may begin with a byte order mark, and have line ends of Windows`() throws {
    let recipe = try Recipe(parsing: "\u{feff}size: 512\r\nraw 0 = 1\r\n")
    #expect(recipe.base == .hole(size: 512))
    #expect(recipe.edits == [.raw(offset: 0, [1])])
  }

  @Test(arguments: [
    ("hello world\nsize: 512\n", 1, "'hello world' is no line of a recipe"),
    ("size: 512\n\u{feff}raw 0 = 1\n", 2, "a byte order mark stands inside of the text"),
    ("size: 512\nraw 0 = zz\n", 2, "zz is no byte"),
  ])
  func `is refused with the reason`(text: String, line: Int, reason: String) {
    do throws(RecipeError) {
      _ = try Recipe(parsing: text)
      Issue.record("the recipe was taken")
    } catch {
      #expect(error.line == line)
      #expect(error.reason.hasPrefix(reason))
    }
  }
}
