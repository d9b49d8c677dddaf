using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Balancer.Sampling;

/// <summary>
/// Samples k findings and m anatomy terms for each of N sets so that all entities are used as evenly as the lists allow,
/// or by their weights, and none more often than the cap. The whole plan is made before any work starts, so a request
/// that can't be met is refused with the largest N that can, and that N has been planned to the end.
/// </summary>
public static class SetPlanner
{
    private const int Variants = 3;

    /// <exception cref="MeshException">Names the field that makes the request impossible.</exception>
    /// <exception cref="OperationCanceledException">Within a few thousand draws of the token.</exception>
    public static SamplingPlan Plan(SamplingRequest request, CancellationToken cancellation = default)
    {
        CheckRequest(request);
        var compatibility = new CompatibilityFilter(request.Entities);
        var groups = BuildParts(request, compatibility, null);
        if (request.UsageCap is not { } cap)
        {
            return TryPlan(request, groups, compatibility, request.Sets, request.Sets, out var stuck, cancellation)
                ?? throw MeshException.Infeasible($"{request.FieldPath}.findings_per_set", StuckMessage(request.Sets, stuck));
        }

        var most = LargestSetCountByCounting(groups, compatibility, cap);
        if (request.Sets > most)
        {
            throw MeshException.Infeasible(
                $"{request.FieldPath}.usage_cap",
                $"{request.Sets} sets need more uses than {cap} an entity; largest N possible is "
                    + $"{LargestSetCount(request, groups, compatibility, cap, most, cancellation)}");
        }

        if (TryPlan(request, groups, compatibility, request.Sets, cap, out var at, cancellation) is { } plan)
            return plan;
        throw MeshException.Infeasible(
            $"{request.FieldPath}.usage_cap",
            $"{StuckMessage(request.Sets, at)}; largest N possible is "
                + $"{LargestSetCount(request, groups, compatibility, cap, request.Sets - 1, cancellation)}");
    }

    /// <summary>
    /// New sets for the indexes of one round, by index, from the capacity that is left.
    /// </summary>
    /// <param name="request">The request of the plan.</param>
    /// <param name="cap">The plan's usage cap.</param>
    /// <param name="uses">Uses of each entity by the sets that stay.</param>
    /// <param name="indexes">Indexes that need a set, rising.</param>
    /// <param name="seed">Of this round alone.</param>
    /// <param name="cancellation">Stops within a few thousand draws.</param>
    /// <returns>Null when what is left has no compatible set for each of them.</returns>
    public static IReadOnlyList<IReadOnlyList<Entity>>? PlanReplacements(SamplingRequest request, int cap, long[] uses, long[] indexes,
        ulong seed, CancellationToken cancellation = default)
    {
        var compatibility = new CompatibilityFilter(request.Entities);
        var groups = BuildParts(request, compatibility, indexes);

        // The most capacity left would hand the sets that were just rejected straight back: only where nothing else is possible.
        foreach (var mostLeftFirst in new[] { false, true })
        {
            var sets = new EntitySetTable(indexes.Length, request.FindingsPerSet + request.AnatomyPerSet);
            var filler = new SetFiller(sets, compatibility, seed, cancellation);
            var capacity = uses.Select((u, e) => (int)Math.Clamp(CapOf(e, mostLeftFirst) - u, 0, indexes.Length)).ToArray();
            if (!groups.TrueForAll(g => filler.Fill(g, capacity, mostLeftFirst)))
                continue;
            var plan = new SamplingPlan(request, sets, cap, filler.IncompatibleSamples);
            return [.. Enumerable.Range(0, indexes.Length).Select(row => plan[row])];
        }

        return null;

        // The heaviest may be used up to the cap, the others by their weight; up to the cap where nothing else is possible.
        long CapOf(int entity, bool isLast) =>
            request.Weights is { } weights && !isLast ? (long)Math.Ceiling(cap * weights[entity] / weights.Max()) : cap;
    }

    /// <summary>The order of draws can end in contradictions; another order may not.</summary>
    private static SamplingPlan? TryPlan(
        SamplingRequest request, IReadOnlyList<SetPart> groups, CompatibilityFilter compatibility, int count, int limit, out int stuckAt,
        CancellationToken cancellation)
    {
        stuckAt = -1;
        for (var variant = 0; variant < Variants; variant++)
        {
            if (TryPlan(request, MixSeed(request.Seed, variant << 24), groups, compatibility, count, limit, out stuckAt,
                cancellation) is { } plan)
                return plan;
        }

        return null;
    }

    private static SamplingPlan? TryPlan(
        SamplingRequest request, ulong seed, IReadOnlyList<SetPart> groups, CompatibilityFilter compatibility, int count, int limit,
        out int stuckAt, CancellationToken cancellation)
    {
        limit = Math.Min(limit, count); // no entity can be used more often than there are sets
        var sets = new EntitySetTable(count, request.FindingsPerSet + request.AnatomyPerSet);
        var incompatible = 0L;
        var used = 0;
        stuckAt = -1;
        for (var t = 0; t < groups.Count; t++)
        {
            var filled = false;
            foreach (var (level, capacity, most) in CapacityLevels(request, groups[t], count, limit, MixSeed(seed, t)))
            {
                var filler = new SetFiller(sets, compatibility, MixSeed(seed, (t + 1) * 256 + level), cancellation);
                filled = filler.Fill(groups[t], capacity);
                incompatible += filler.IncompatibleSamples;
                stuckAt = filler.StuckAt;
                used = Math.Max(used, filled ? most : 0);
                if (filled)
                    break;
                sets.Clear(groups[t]);
            }

            if (!filled)
                return null;
        }

        return new SamplingPlan(request, sets, request.UsageCap ?? used, incompatible);
    }

    /// <summary>
    /// Capacities to try, from the exact shares (with equal weights, every entity q or q + 1 times) to the limit.
    /// Contradictions can make the exact ones impossible. The order does not depend on the limit, so a cap that was
    /// worked out once and is then given by hand leads to the same plan.
    /// </summary>
    private static IEnumerable<(int Level, int[] Capacity, int Most)> CapacityLevels(SamplingRequest request, SetPart group, int count,
        int limit, ulong seed)
    {
        var shares = new long[request.Entities.Count];
        var members = group.Lists.SelectMany(l => l).ToArray();
        var random = new SplitMix64(seed);
        var extra = new HashSet<int>();
        for (var t = 0; t < group.Lists.Count; t++)
        {
            var order = (int[])group.Lists[t].Clone();
            random.Shuffle(order);
            extra.UnionWith(ShareByWeight(group.TotalDemand(count, t), order, request.Weights, limit, shares));
        }

        var (least, most) = (members.Min(e => shares[e]), members.Max(e => shares[e] + (extra.Contains(e) ? 1 : 0)));
        if (request.Weights is null && most > limit)
            yield break;
        yield return (0, Capacities(e => shares[e] + (extra.Contains(e) ? 1 : 0)), (int)Math.Min(limit, most));
        most = members.Max(e => shares[e]);
        var reached = 0L;
        for (var (level, step) = (1, 1L); reached < limit; level++, step *= 2)
        {
            var more = step;
            reached = Math.Min(limit, least + step);
            yield return (level, Capacities(e => shares[e] + more), (int)Math.Min(limit, most + step));
        }

        int[] Capacities(Func<int, long> of)
        {
            var capacity = new int[request.Entities.Count];
            foreach (var e in members)
                capacity[e] = (int)Math.Min(limit, of(e));
            return capacity;
        }
    }

    /// <summary>
    /// Shares out the draws of a list by weight, rounded down. What would pass the limit gets the limit, and the others share the rest.
    /// </summary>
    /// <param name="order">The list's entities; of equal claims to what is left over, the earlier ones win.</param>
    /// <returns>The entities that get one more, by the largest remainders.</returns>
    private static IEnumerable<int> ShareByWeight(long draws, int[] order, IReadOnlyList<double>? weights, int limit, long[] shares)
    {
        double WeightOf(int entity) => weights?[entity] ?? 1;
        var sum = order.Sum(WeightOf);
        while (weights is not null && Array.FindAll(order, e => draws * WeightOf(e) >= limit * sum) is { Length: > 0 } full)
        {
            foreach (var e in full)
                shares[e] = limit;
            draws = Math.Max(0, draws - (long)limit * full.Length);
            order = [.. order.Except(full)];
            sum = order.Sum(WeightOf);
        }

        var remainders = new double[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            var exact = draws * WeightOf(order[i]) / sum;
            shares[order[i]] = (long)exact;
            remainders[i] = exact - shares[order[i]];
        }

        var rest = (int)(draws - order.Sum(e => shares[e]));
        return Enumerable.Range(0, order.Length).OrderByDescending(i => remainders[i]).Take(rest).Select(i => order[i]);
    }

    private static int LargestSetCount(
        SamplingRequest request, IReadOnlyList<SetPart> groups, CompatibilityFilter compatibility, int cap, int bound,
        CancellationToken cancellation)
    {
        bool Reachable(int n) => n == 0 || TryPlan(request, groups, compatibility, n, cap, out _, cancellation) is not null;
        if (Reachable(bound))
            return bound;
        var (low, high) = (0, bound);
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            if (Reachable(middle))
                low = middle;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>The most sets by counting alone: each concept gives at most one entity to a set.</summary>
    private static int LargestSetCountByCounting(IReadOnlyList<SetPart> groups, CompatibilityFilter compatibility, int cap)
    {
        var (low, high) = (0, int.MaxValue / 128);
        var lists = groups.SelectMany(g => g.Lists.Select((members, t) => (Group: g, List: t, Sizes: compatibility.ConceptSizes(members))))
            .ToArray();
        while (low < high)
        {
            var n = low + (high - low + 1) / 2;
            var enough = lists.All(l => l.Group.TotalDemand(n, l.List) <= l.Sizes.Sum(s => s.Concepts * Math.Min((long)s.Size * cap, n)));
            (low, high) = enough ? (n, high) : (low, n - 1);
        }

        return low;
    }

    private static List<SetPart> BuildParts(SamplingRequest request, CompatibilityFilter compatibility, long[]? indexes)
    {
        var (k, m) = (request.FindingsPerSet, request.AnatomyPerSet);
        var all = Enumerable.Range(0, request.Entities.Count).ToArray();
        var findings = all.Where(e => request.Entities[e].IsFinding).ToArray();
        int[][] lists = request.Mode == FindingSamplingMode.Pooled
            ? [findings]
            : [.. findings.GroupBy(e => request.Entities[e].Type).OrderBy(g => g.Key).Select(g => g.ToArray())];
        List<SetPart> parts = [new SetPart(lists, 0, k, indexes)];
        if (m > 0)
            parts.Add(new SetPart([[.. all.Where(e => !request.Entities[e].IsFinding)]], k, k + m, indexes));
        foreach (var part in parts)
        {
            var concepts = part.Lists.Min(l => compatibility.ConceptSizes(l).Sum(s => s.Concepts));
            if (concepts >= part.MaxDemand)
                continue;
            var (field, what) = part.Start == 0 ? ("findings_per_set", "findings") : ("anatomy_per_set", "anatomy terms");
            throw MeshException.Invalid(
                $"{request.FieldPath}.{field}",
                $"a set needs {part.MaxDemand} {what} of different concepts from a list that has {concepts}");
        }

        return parts;
    }

    private static void CheckRequest(SamplingRequest request)
    {
        if (request.FindingsPerSet is < 1 or > 32)
            throw MeshException.Invalid($"{request.FieldPath}.findings_per_set", "must be 1 to 32");
        if (request.AnatomyPerSet is < 0 or > 32)
            throw MeshException.Invalid($"{request.FieldPath}.anatomy_per_set", "must be 0 to 32");
        if (request.UsageCap is < 1)
            throw MeshException.Invalid($"{request.FieldPath}.usage_cap", "must be at least 1");
        if (request.Sets < 1)
            throw MeshException.Invalid(request.SetsFieldPath, "must be at least 1");
        if (request.Entities.All(e => !e.IsFinding))
            throw MeshException.Invalid($"{request.FieldPath}.scope", "no finding of the vocabulary may be sampled");
    }

    private static string StuckMessage(int sets, int stuckAt) =>
        $"set {stuckAt} of {sets} and those after it have no entities left that may stand together";

    private static ulong MixSeed(ulong seed, int part) => new SplitMix64(seed + (ulong)part * 0xD1B54A32D192ED03).Next();
}
