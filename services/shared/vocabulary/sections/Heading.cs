namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>A heading in a text.</summary>
/// <param name="Kind">What begins with it.</param>
/// <param name="Start">Where it begins, with the list number, star or bracket in front of it.</param>
/// <param name="Content">Where what it heads begins.</param>
internal readonly record struct Heading(HeadingKind Kind, int Start, int Content);
