//! Python's random numbers: the Mersenne Twister as `random.seed(integer)` starts it and `random.shuffle` draws from it.
//!
//! # Source
//! Matsumoto and Nishimura, ACM TOMACS 1998; CPython 3's `Modules/_randommodule.c` and `Lib/random.py`.

use std::str::FromStr;

const N: usize = 624;
const M: usize = 397;

/// A whole number of any size that the generator starts from, as `random.seed` takes it: its sign does not count.
///
/// # Example
/// ```
/// use dir_data::mt19937::{Mt19937, Seed};
/// let seed: Seed = "1000000000000000000000000000000".parse().expect("a whole number");
/// assert_eq!(Mt19937::new(seed).bits(), 4_012_147_334); // CPython: random.seed(10**30); random.getrandbits(32)
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// Words of 32 bits, the lowest first; at least one, and the last is not 0 if there are more.
    words: Vec<u32>,
}

impl From<u32> for Seed {
    fn from(seed: u32) -> Self {
        Self { words: vec![seed] }
    }
}

impl From<u64> for Seed {
    fn from(seed: u64) -> Self {
        let (low, high) = (seed as u32, (seed >> 32) as u32);
        Self { words: if high == 0 { vec![low] } else { vec![low, high] } }
    }
}

impl FromStr for Seed {
    type Err = String;

    /// A decimal number.
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim().trim_start_matches(['-', '+']);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("found seed {text:?}, expected a whole number"));
        }
        let mut words = vec![0_u32];
        for digit in digits.bytes() {
            let mut carry = u64::from(digit - b'0');
            for word in &mut words {
                let sum = u64::from(*word) * 10 + carry;
                (*word, carry) = (sum as u32, sum >> 32);
            }
            if carry > 0 {
                words.push(carry as u32);
            }
        }
        Ok(Self { words })
    }
}

/// The generator.
#[derive(Debug, Clone)]
pub struct Mt19937 {
    state: [u32; N],
    next: usize,
}

impl Mt19937 {
    /// As `random.seed(seed)`: started from the words of the seed's size.
    #[must_use]
    pub fn new(seed: impl Into<Seed>) -> Self {
        let Seed { words } = seed.into();
        let mut state = [0_u32; N];
        state[0] = 19_650_218;
        for i in 1..N {
            let before = state[i - 1];
            state[i] = (before ^ (before >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        let mut i = 1;
        for (j, &word) in words.iter().enumerate().cycle().take(N.max(words.len())) {
            let before = state[i - 1];
            let mixed = state[i] ^ (before ^ (before >> 30)).wrapping_mul(1_664_525);
            state[i] = mixed.wrapping_add(word).wrapping_add(j as u32);
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
        let mut random = Mt19937::new(666_u32);
        let words: Vec<u32> = (0..5).map(|_| random.bits()).collect();
        assert_eq!(words, [1_959_018_967, 4_216_997_439, 3_879_743_412, 1_619_311_080, 1_865_628_554]);
        let mut items: Vec<u32> = (0..10).collect();
        Mt19937::new(666_u32).shuffle(&mut items);
        assert_eq!(items, [1, 3, 5, 9, 0, 4, 2, 8, 6, 7]);
    }

    /// CPython: random.seed(seed); the first three of random.getrandbits(32), and shuffling list(range(10)).
    #[test]
    fn seeds_of_any_size_are_pythons() {
        for (seed, words, shuffled) in [
            ("4294967296", [485_306_839, 1_508_871_100, 1_794_561_286], [8, 9, 3, 2, 4, 7, 0, 6, 5, 1]),
            ("1099511627781", [2_166_296_868, 2_220_160_828, 1_153_647_273], [1, 2, 3, 6, 7, 0, 5, 4, 9, 8]),
            ("12345678901234567890", [2_199_100_970, 3_695_432_519, 4_002_396_509], [0, 3, 4, 1, 5, 2, 6, 7, 9, 8]),
            (
                "1000000000000000000000000000000",
                [4_012_147_334, 2_100_903_950, 2_256_175_901],
                [5, 4, 3, 9, 6, 0, 2, 1, 8, 7],
            ),
            ("-7", [1_390_851_128, 4_071_050_724, 647_892_279], [8, 3, 1, 4, 7, 0, 9, 6, 2, 5]),
        ] {
            let seed: Seed = seed.parse().expect("a whole number");
            let mut random = Mt19937::new(seed.clone());
            assert_eq!([(); 3].map(|()| random.bits()), words, "{seed:?}");
            let mut items: Vec<u32> = (0..10).collect();
            Mt19937::new(seed).shuffle(&mut items);
            assert_eq!(items, shuffled);
        }
        assert_eq!(Seed::from(1_099_511_627_781_u64), "1099511627781".parse().expect("a number"));
        assert!("7x".parse::<Seed>().is_err() && "-".parse::<Seed>().is_err());
    }
}
