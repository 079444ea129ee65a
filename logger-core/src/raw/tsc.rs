//! The processor's time-stamp counter, which is read in a quarter of the time of a clock.

/// Whether the counter runs at one rate on all processors: where Linux takes it for its own clock, it has found so and
/// keeps watching it.
pub(crate) fn is_reliable() -> bool {
    const CLOCK_OF_LINUX: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    cfg!(all(target_arch = "x86_64", target_os = "linux", not(miri)))
        && std::fs::read_to_string(CLOCK_OF_LINUX).is_ok_and(|name| name.trim() == "tsc")
}

/// The counter; 0 where there is none.
#[inline]
pub(crate) fn read() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every processor of this architecture has the instruction, and it touches no memory.
    return unsafe { core::arch::x86_64::_rdtsc() };
    #[cfg(not(target_arch = "x86_64"))]
    return 0;
}
