//! Python's random numbers: the Mersenne Twister as `random.seed(integer)` starts it and `random.shuffle` draws from it.
//!
//! # Source
//! Matsumoto and Nishimura, ACM TOMACS 1998; CPython 3's `Modules/_randommodule.c` and `Lib/random.py`.

const N: usize = 624;
const M: usize = 397;

/// The generator.
#[derive(Debug, Clone)]
pub struct Mt19937 {
    state: [u32; N],
    next: usize,
}

impl Mt19937 {
    /// As `random.seed(seed)` for a number that fits 32 bits: started from a key of one word.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        let mut state = [0_u32; N];
        state[0] = 19_650_218;
        for i in 1..N {
            let before = state[i - 1];
            state[i] = (before ^ (before >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        let mut i = 1;
        for _ in 0..N {
            let before = state[i - 1];
            // The key has one word, so its index, which is added here, is always 0.
            state[i] = (state[i] ^ (before ^ (before >> 30)).wrapping_mul(1_664_525)).wrapping_add(seed);
            i = step(i, &mut state);
        }
        for _ in 1..N {
            let before = state[i - 1];
            let mixed = state[i] ^ (before ^ (before >> 30)).wrapping_mul(1_566_083_941);
            state[i] = mixed.wrapping_sub(i as u32);
            i = step(i, &mut state);
        }
        state[0] = 0x8000_0000;
        Self { state, next: N }
    }

    /// The next 32 bits.
    pub fn bits(&mut self) -> u32 {
        if self.next == N {
            self.twist();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C_5680;
        y ^= (y << 15) & 0xEFC6_0000;
        y ^ (y >> 18)
    }

    fn twist(&mut self) {
        for k in 0..N {
            let y = (self.state[k] & 0x8000_0000) | (self.state[(k + 1) % N] & 0x7FFF_FFFF);
            let odd = if y & 1 == 1 { 0x9908_B0DF } else { 0 };
            self.state[k] = self.state[(k + M) % N] ^ (y >> 1) ^ odd;
        }
        self.next = 0;
    }

    /// A number below `bound`: so many bits as it has, again until they are small enough.
    fn below(&mut self, bound: u32) -> u32 {
        let bits = u32::BITS - bound.leading_zeros();
        loop {
            let drawn = self.bits() >> (u32::BITS - bits);
            if drawn < bound {
                return drawn;
            }
        }
    }

    /// `random.shuffle`.
    ///
    /// # Panics
    /// For 2^32 items or more.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let bound = u32::try_from(i + 1).expect("shuffle: fewer than 2^32 items");
            items.swap(i, self.below(bound) as usize);
        }
    }
}

/// The next place; the first word takes over the last one's at the turn.
fn step(i: usize, state: &mut [u32; N]) -> usize {
    if i + 1 == N {
        state[0] = state[N - 1];
        1
    } else {
        i + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_pythons() {
        // CPython: random.seed(666); [random.getrandbits(32) for _ in range(5)], and shuffling list(range(10)).
        let mut random = Mt19937::new(666);
        let words: Vec<u32> = (0..5).map(|_| random.bits()).collect();
        assert_eq!(words, [1_959_018_967, 4_216_997_439, 3_879_743_412, 1_619_311_080, 1_865_628_554]);
        let mut items: Vec<u32> = (0..10).collect();
        Mt19937::new(666).shuffle(&mut items);
        assert_eq!(items, [1, 3, 5, 9, 0, 4, 2, 8, 6, 7]);
    }
}
