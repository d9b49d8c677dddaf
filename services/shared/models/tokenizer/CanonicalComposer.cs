using System.Globalization;
using System.Text;

namespace SynCxr.Mesh.Models.Tokenizer;

/// <summary>
/// Unicode's normalization form C (Unicode Standard Annex 15): letters with accents as one character, where there is one. .NET's own needs
/// ICU, which these processes run without (InvariantGlobalization), and returns its input unchanged there.
/// </summary>
internal static class CanonicalComposer
{
    // Every text of characters below this one is composed already.
    private const char FirstCombining = '\u0300';

    // Hangul syllables are composed by their numbers (Unicode Standard, 3.12): lead consonant, vowel, and in most a tail consonant.
    private const int FirstSyllable = 0xAC00, FirstLead = 0x1100, FirstVowel = 0x1161, FirstTail = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28, Syllables = Leads * Vowels * Tails;
    private static readonly Lazy<CanonicalTables> _tables = new(CanonicalTables.Read);

    /// <summary>The text in form C. Half a surrogate pair becomes U+FFFD, as it does in UTF-8.</summary>
    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstCombining, char.MaxValue))
            return text;
        var characters = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, characters);
        SortMarks(characters);
        ComposePairs(characters);
        var composed = new StringBuilder(text.Length);
        foreach (var character in characters)
            composed.Append(char.ConvertFromUtf32(character));
        return composed.ToString();
    }

    /// <summary>
    /// Adds what a character is made of, without accents where they can be taken off: Unicode's full canonical decomposition.
    /// </summary>
    internal static void Decompose(int character, List<int> parts)
    {
        var syllable = character - FirstSyllable;
        if (syllable is >= 0 and < Syllables)
        {
            parts.Add(FirstLead + (syllable / (Vowels * Tails)));
            parts.Add(FirstVowel + (syllable / Tails % Vowels));
            if (syllable % Tails > 0)
                parts.Add(FirstTail + (syllable % Tails));
        }
        else if (_tables.Value.Decompositions.TryGetValue(character, out var decomposition))
            Array.ForEach(decomposition, part => Decompose(part, parts));
        else
            parts.Add(character);
    }

    // Marks between two characters of class 0 are put in the order of their classes; marks of one class keep theirs.
    private static void SortMarks(List<int> characters)
    {
        for (var i = 1; i < characters.Count; i++)
        {
            var (character, combining) = (characters[i], ClassOf(characters[i]));
            var place = i;
            for (; combining > 0 && place > 0 && ClassOf(characters[place - 1]) > combining; place--)
                characters[place] = characters[place - 1];
            characters[place] = character;
        }
    }

    // A mark joins the last character of class 0, unless one of its own class or of class 0 stands between them.
    private static void ComposePairs(List<int> characters)
    {
        var (starter, lastClass, kept) = (-1, 0, 0);
        foreach (var character in characters.ToArray())
        {
            var combining = ClassOf(character);
            var canJoin = starter >= 0 && (kept == starter + 1 || lastClass < combining);
            if (canJoin && FindComposite(characters[starter], character) is { } composite)
            {
                characters[starter] = composite;
                continue;
            }
            if (combining == 0)
                starter = kept;
            lastClass = combining;
            characters[kept++] = character;
        }
        characters.RemoveRange(kept, characters.Count - kept);
    }

    private static int? FindComposite(int first, int second)
    {
        var (lead, vowel) = (first - FirstLead, second - FirstVowel);
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels)
            return FirstSyllable + (((lead * Vowels) + vowel) * Tails);
        var (syllable, tail) = (first - FirstSyllable, second - FirstTail);
        if (syllable is >= 0 and < Syllables && syllable % Tails == 0 && tail is > 0 and < Tails)
            return first + tail;
        return _tables.Value.Composites.TryGetValue((first, second), out var composite) ? composite : null;
    }

    /// <summary>The combining class: 0 for all but marks, which are put in the order of it.</summary>
    internal static int ClassOf(int character) => character < FirstCombining ? 0 : _tables.Value.Classes.GetValueOrDefault(character);
}

/// <summary>The tables of <c>canonical-characters.txt</c>, which says how its lines are to be read.</summary>
/// <param name="Decompositions">Character → the one or two characters that it is made of.</param>
/// <param name="Composites">Two characters → the one that they compose.</param>
/// <param name="Classes">Character → its combining class, where that is not 0.</param>
internal sealed record CanonicalTables(
    IReadOnlyDictionary<int, int[]> Decompositions,
    IReadOnlyDictionary<(int First, int Second), int> Composites,
    IReadOnlyDictionary<int, int> Classes)
{
    private const string Resource = "canonical-characters.txt";

    public static CanonicalTables Read()
    {
        using var stream = typeof(CanonicalTables).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing from the assembly of the models.");
        using var reader = new StreamReader(stream);
        var decompositions = new Dictionary<int, int[]>();
        var composites = new Dictionary<(int, int), int>();
        var classes = new Dictionary<int, int>();
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#')
                continue;
            var separator = line.IndexOfAny(['=', '>', ':']);
            var (head, tail) = (line[..separator], line[(separator + 1)..]);
            if (line[separator] == ':')
            {
                var range = head.Split('-');
                for (var character = ParseHex(range[0]); character <= ParseHex(range[1]); character++)
                    classes[character] = int.Parse(tail, CultureInfo.InvariantCulture);
                continue;
            }
            int[] parts = [.. tail.Split(' ').Select(ParseHex)];
            decompositions[ParseHex(head)] = parts;
            if (line[separator] == '=')
                composites[(parts[0], parts[1])] = ParseHex(head);
        }
        return new CanonicalTables(decompositions, composites, classes);
    }

    private static int ParseHex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
