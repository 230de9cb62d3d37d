import Tables
import Testing

struct `A table of growth` {
  @Test
  func `shows each time, and how much longer it is than the one before`() {
    var table = GrowthTable("work", sizes: [1000, 10_000, 25_000])
    for (operation, way, time) in [
      ("walk", "slowly", 1.0e-6), ("rest", "slowly", 0.5), ("walk", "quickly", 2.0e-9),
      ("walk", "slowly", 15.0e-6), ("walk", "slowly", 7.5e-6), ("rest", "slowly", 2),
    ] { table.add(operation, way, time) }
    let lines = table.lines
    #expect(lines.map(\.name) == ["work", "walk, slowly", "walk, quickly", "rest, slowly"])
    #expect(
      lines.map(\.values) == [
        ["10^3", "10^4", "growth", "25000", "growth"],
        ["1.00 us", "15.0 us", "x 15.0", "7.50 us", "x 0.5"],
        ["2.00 ns"],
        ["500 ms", "2.00 s", "x 4.0"],
      ])
  }

  @Test
  func `is filled by times of three digits in units that suit`() {
    #expect(duration(0) == "0.00 ns")
    #expect(duration(9.994e-9) == "9.99 ns")
    #expect(duration(9.996e-9) == "10.0 ns")
    #expect(duration(99.96e-9) == "100 ns")
    #expect(duration(999.4e-9) == "999 ns")
    #expect(duration(999.6e-9) == "1.00 us")
    #expect(duration(0.0123) == "12.3 ms")
    #expect(duration(123.456) == "123.46 s")
  }
}
