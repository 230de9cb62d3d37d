import SystemPackage
import Testing

@testable import VCICorpus

struct `Vectors that were withdrawn` {
  private let text = """
    # Withdrawn vectors

    | id | version | reason | instead |
    |---|---|---|---|
    | before-the-title | 0.1 | it is in no table of ours | none |

    ## Withdrawn

    | id | version | reason | instead |
    |---|---|---|---|
    | `ext-099-old` | 0.1 | the clause leaves it open | ext-099-new |
    | hdr-099-odd | 0.2 | the image was [another](x.md) | none |
    | too | few |

    ## Changed

    | id | version | what changed | reason |
    |---|---|---|---|
    | ext-001-last | 0.2 | its size | it was wrong |
    """

  @Test
  func `are the rows of the table below that title`() {
    let rows = RetiredVector.rows(of: text)
    #expect(rows.map(\.id) == ["ext-099-old", "hdr-099-odd"])
    #expect(
      rows.map(\.description) == [
        "'ext-099-old' was withdrawn after version 0.1, as Corpus/RETIRED.md says: "
          + "the clause leaves it open; instead: ext-099-new",
        "'hdr-099-odd' was withdrawn after version 0.2, as Corpus/RETIRED.md says: "
          + "the image was [another](x.md)",
      ])
  }

  @Test
  func `are none where no file says so`() {
    #expect(RetiredVector.rows(of: "").isEmpty)
    #expect(RetiredVector.all(in: "/none").isEmpty)
  }
}
