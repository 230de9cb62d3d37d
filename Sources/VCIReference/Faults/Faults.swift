/// Hooks for the faults of the original program (F-NN in `Fault`), each named at one place.
///
/// A hook is called where a fault acts. It does nothing, or returns its argument, unless the fault
/// is planted, which only builds with `-D VCI_FAULTS` can do; any other build optimises it away.
/// Whoever reads the code that calls a hook may skip it.
enum Faults {}
