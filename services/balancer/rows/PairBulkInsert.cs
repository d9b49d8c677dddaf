using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using SynCxr.Mesh.Balancer.Sampling;

namespace SynCxr.Mesh.Balancer.Rows;

/// <summary>A pair as it is planned, in SQL: a plan is too long for a change tracker.</summary>
internal static class PairBulkInsert
{
    private const int PairsPerStatement = 10_000;

    private const string Columns = """
        "Dataset", "Tenant", "Index", "Shard", "EntitiesJson", "Embedding", "PromptTruncated", "Stage", "Version", "Attempt",
        "SetNumber", "ReportAttempt",
        "ImageSize", "DueMs", "Tries", "TriesInAll", "ReportMs", "ImageMs", "CurationMs", "DoneMs", "LostImages", "LostInRow",
        "ReportJson", "Findings", "Impression", "ImageSha256", "ImageJson", "VerdictJson", "ClaimedBy", "Host"
        """;

    /// <summary>Adds a row for each pair of a plan, within the caller's transaction.</summary>
    public static Task AddAsync(BalancerDb db, DatasetRow dataset, SamplingPlan plan, CancellationToken cancellation) =>
        db.Database.GetDbConnection() switch
        {
            NpgsqlConnection server => AddAsync(server, db, dataset, plan, cancellation),
            var file => AddAsync((SqliteConnection)file, db, dataset, plan, cancellation),
        };

    private static async Task AddAsync(NpgsqlConnection connection, BalancerDb db, DatasetRow dataset, SamplingPlan plan,
        CancellationToken cancellation)
    {
        for (var from = 0; from < plan.Count; from += PairsPerStatement)
        {
            var indexes = Enumerable.Range(from, Math.Min(PairsPerStatement, plan.Count - from)).Select(i => (long)i).ToArray();
            await using var insert = connection.CreateCommand();
            insert.Transaction = (NpgsqlTransaction?)db.Database.CurrentTransaction?.GetDbTransaction();
            insert.CommandText = $"""
                INSERT INTO pairs ({Columns})
                SELECT {Values("planned.index", "planned.entities", "''::bytea", "false")}
                FROM unnest(@indexes, @entities) AS planned(index, entities)
                """;
            insert.Parameters.AddWithValue("dataset", dataset.Id);
            insert.Parameters.AddWithValue("tenant", dataset.Tenant);
            insert.Parameters.AddWithValue("size", dataset.ShardSize);
            insert.Parameters.AddWithValue("indexes", indexes);
            insert.Parameters.AddWithValue("entities",
                Array.ConvertAll(indexes, i => TextListColumn.Write(plan[(int)i].Select(e => e.Id))));
            await insert.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>One prepared statement for all rows: a plan of 200,000 pairs is stored in seconds.</summary>
    private static async Task AddAsync(SqliteConnection connection, BalancerDb db, DatasetRow dataset, SamplingPlan plan,
        CancellationToken cancellation)
    {
        await using var insert = connection.CreateCommand();
        insert.Transaction = (SqliteTransaction?)db.Database.CurrentTransaction?.GetDbTransaction();
        insert.CommandText = $"INSERT INTO pairs ({Columns}) VALUES ({Values("@index", "@entities", "x''", "0")})";
        insert.Parameters.AddWithValue("@dataset", dataset.Id);
        insert.Parameters.AddWithValue("@tenant", dataset.Tenant);
        insert.Parameters.AddWithValue("@size", dataset.ShardSize);
        var index = insert.Parameters.Add("@index", SqliteType.Integer);
        var entities = insert.Parameters.Add("@entities", SqliteType.Text);
        await insert.PrepareAsync(cancellation);
        for (var i = 0; i < plan.Count; i++)
        {
            index.Value = i;
            entities.Value = TextListColumn.Write(plan[i].Select(e => e.Id));
            await insert.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>
    /// Takes the parameters <c>@dataset</c>, <c>@tenant</c> and <c>@size</c>; what the two databases spell in their own way is given.
    /// </summary>
    private static string Values(string index, string entities, string noBytes, string no) => $"""
        @dataset, @tenant, {index}, {index} / @size, {entities}, {noBytes}, {no}, 1, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        '', '', '', '', '', '', '', ''
        """;
}
