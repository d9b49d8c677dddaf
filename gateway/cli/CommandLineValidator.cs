using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Cli;

/// <summary>
/// Checks what was typed before any command runs, for every option and argument in one place: a value that is empty, and one that is not of
/// the option's type. The parser's own messages speak of .NET's types.
/// </summary>
internal static class CommandLineValidator
{
    /// <summary>What is wrong with the first wrong option or argument; null where all can be used.</summary>
    public static MeshException? FindProblem(ParseResult parsed)
    {
        var options = OptionNames(parsed);
        foreach (var (name, type, noun, tokens) in TypedValues(parsed))
        {
            // After an option without its value the parser takes the next option for it: `demo --out --json`.
            if (tokens.Count == 0 || tokens.Any(t => string.IsNullOrWhiteSpace(t) || options.Contains(t)))
                return MeshException.Invalid(name, $"is empty. Give a {noun}.");
            foreach (var token in tokens)
            {
                if (FindTypeProblem(type, token) is { } problem)
                    return MeshException.Invalid(name, problem);
            }
        }

        return null;
    }

    /// <summary>One line for a command line that can't be parsed, with the option or argument that it is about.</summary>
    public static MeshException DescribeParseErrors(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0)
        {
            var path = CommandPath(parsed);
            var known = string.Join(", ", command.Subcommands.Select(c => c.Name));
            return parsed.UnmatchedTokens is [var unknown, ..]
                ? MeshException.Invalid("command", $"`{path}` has no command or option '{unknown}'. Its commands are {known}.")
                : MeshException.Invalid("command", $"`{path}` needs a command: {known}.");
        }

        var fields = parsed.Errors.Select(e => FindSymbolName(e.SymbolResult)).OfType<string>()
            .Concat(command.Options.Where(o => o.Required && parsed.GetResult(o) is null).Select(o => o.Name)).Distinct();
        var message = string.Join(" ", parsed.Errors.Select(e => e.Message));
        return new MeshException(ErrorReasons.InvalidField, message, [.. fields.Select(f => new FieldViolation(f, message))]);
    }

    /// <summary>The command as a user types it: <c>syncxr mesh up</c>.</summary>
    public static string CommandPath(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Parent: not null } result; at = at.Parent)
            names.Insert(0, result.Command.Name);
        return string.Join(' ', ["syncxr", .. names]);
    }

    /// <summary>The names and aliases of the options that the command takes.</summary>
    private static HashSet<string> OptionNames(ParseResult parsed)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult result; at = at.Parent)
            names.UnionWith(result.Command.Options.SelectMany(o => o.Aliases.Append(o.Name)));
        return names;
    }

    /// <summary>What was typed for each option and argument; defaults are left out.</summary>
    private static IEnumerable<(string Name, Type Type, string Noun, List<string> Tokens)> TypedValues(ParseResult parsed)
    {
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult result; at = at.Parent)
        {
            foreach (var child in result.Children)
            {
                List<string> tokens = [.. child.Tokens.Select(t => t.Value)];
                if (child is OptionResult { Implicit: false } option && (tokens.Count > 0 || option.Option.Arity.MinimumNumberOfValues > 0))
                    yield return (option.Option.Name, option.Option.ValueType,
                        Noun(option.Option.Name, option.Option.ValueType, option.Option.HelpName), tokens);
                else if (child is ArgumentResult argument && tokens.Count > 0)
                    yield return (argument.Argument.Name, argument.Argument.ValueType,
                        Noun(argument.Argument.Name, argument.Argument.ValueType, argument.Argument.HelpName), tokens);
            }
        }
    }

    private static string Noun(string name, Type type, string? helpName) =>
        type == typeof(DirectoryInfo) ? "folder"
        : type == typeof(FileInfo) ? "file"
        : helpName ?? (name.EndsWith("name", StringComparison.Ordinal) ? "name" : "value");

    private static string? FindTypeProblem(Type type, string token)
    {
        var value = type.IsArray ? type.GetElementType()! : type;
        value = Nullable.GetUnderlyingType(value) ?? value;
        if (value == typeof(bool))
            return bool.TryParse(token, out _) ? null : $"'{token}' is not true or false";
        if (value == typeof(double))
            return double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? null : $"'{token}' is not a number";
        if (value == typeof(ulong))
            return ulong.TryParse(token, CultureInfo.CurrentCulture, out _)
                ? null : $"'{token}' is not a whole number from 0 to {ulong.MaxValue}";
        if (value != typeof(int) && value != typeof(long))
            return null;
        if (!BigInteger.TryParse(token, NumberStyles.AllowLeadingSign, CultureInfo.CurrentCulture, out var whole))
            return $"'{token}' is not a whole number";
        BigInteger least = value == typeof(int) ? int.MinValue : long.MinValue;
        BigInteger most = value == typeof(int) ? int.MaxValue : long.MaxValue;
        return whole > most ? $"'{token}' is too large" : whole < least ? $"'{token}' is too small" : null;
    }

    private static string? FindSymbolName(SymbolResult? symbol) => symbol switch
    {
        OptionResult option => option.Option.Name,
        ArgumentResult argument => argument.Argument.Name,
        _ => null,
    };
}
