namespace SynCxr.Mesh.Enums;

/// <summary>
/// An enum of the contract and its twin in a service: members of one name belong together, whatever their numbers.
/// </summary>
public static class EnumMapping
{
    /// <summary>The member of <typeparamref name="TTo"/> that has the value's name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static TTo ToSameName<TTo>(Enum value)
        where TTo : struct, Enum =>
        TryToSameName<TTo>(value, out var same)
            ? same : throw new ArgumentOutOfRangeException(nameof(value), value, $"{typeof(TTo).Name} has no member of this name");

    public static bool TryToSameName<TTo>(Enum value, out TTo same)
        where TTo : struct, Enum
    {
        same = default;
        return Enum.IsDefined(value.GetType(), value) && Enum.TryParse(value.ToString(), out same);
    }
}
