//! The little vector arithmetic that rays need. `x` and `z` lie on the floor, `y` points up; all in metres.

/// A place or a direction.
pub(super) type Point = [f32; 3];
/// Red, green and blue.
pub(super) type Colour = [f32; 3];
/// Cosine and sine of a turn about the vertical.
pub(super) type Turn = [f32; 2];

/// The turn by an angle in radians; it takes +z towards +x.
pub(super) fn turn(angle: f32) -> Turn {
    [angle.cos(), angle.sin()]
}

/// A point turned about the vertical through the origin.
pub(super) fn turned([x, y, z]: Point, [cos, sin]: Turn) -> Point {
    [cos * x + sin * z, y, cos * z - sin * x]
}

/// Undoes [`turned`].
pub(super) fn turned_back(point: Point, [cos, sin]: Turn) -> Point {
    turned(point, [cos, -sin])
}

/// One turn after another.
pub(super) fn both_turns(a: Turn, b: Turn) -> Turn {
    [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
}

/// The sum.
pub(super) fn plus(a: Point, b: Point) -> Point {
    std::array::from_fn(|i| a[i] + b[i])
}

/// The difference.
pub(super) fn minus(a: Point, b: Point) -> Point {
    std::array::from_fn(|i| a[i] - b[i])
}

/// All coordinates times a number.
pub(super) fn scaled(a: Point, by: f32) -> Point {
    a.map(|x| x * by)
}

/// The product of each coordinate.
pub(super) fn times(a: Point, b: Point) -> Point {
    std::array::from_fn(|i| a[i] * b[i])
}

/// The scalar product.
pub(super) fn dot(a: Point, b: Point) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Length of a direction.
pub(super) fn length(a: Point) -> f32 {
    dot(a, a).sqrt()
}

/// A blend that is `a` at share 0 and `b` at share 1.
pub(super) fn mix(a: Colour, b: Colour, share: f32) -> Colour {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * share)
}
