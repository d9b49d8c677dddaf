using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SynCxr.Mesh.Balancer.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "datasets",
                columns: table => new
                {
                    Id = table.Column<string>(type: "text", nullable: false),
                    Tenant = table.Column<string>(type: "text", nullable: false),
                    Stage = table.Column<int>(type: "integer", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false),
                    SpecJson = table.Column<string>(type: "text", nullable: false),
                    ResolvedJson = table.Column<string>(type: "text", nullable: false),
                    SpecDigest = table.Column<string>(type: "text", nullable: false),
                    DepictedJson = table.Column<string>(type: "text", nullable: false),
                    EnginesJson = table.Column<string>(type: "text", nullable: false),
                    Pairs = table.Column<long>(type: "bigint", nullable: false),
                    ShardSize = table.Column<int>(type: "integer", nullable: false),
                    Shards = table.Column<int>(type: "integer", nullable: false),
                    ShardsDone = table.Column<int>(type: "integer", nullable: false),
                    UseJson = table.Column<string>(type: "text", nullable: false),
                    IncompatibleDraws = table.Column<long>(type: "bigint", nullable: false),
                    DuplicatesMs = table.Column<long>(type: "bigint", nullable: false),
                    SealingMs = table.Column<long>(type: "bigint", nullable: false),
                    CreatedMs = table.Column<long>(type: "bigint", nullable: false),
                    SealedMs = table.Column<long>(type: "bigint", nullable: true),
                    Root = table.Column<string>(type: "text", nullable: false),
                    Error = table.Column<string>(type: "text", nullable: false),
                    LeaseOwner = table.Column<string>(type: "text", nullable: false),
                    LeaseUntilMs = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_datasets", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "pairs",
                columns: table => new
                {
                    Dataset = table.Column<string>(type: "text", nullable: false),
                    Index = table.Column<long>(type: "bigint", nullable: false),
                    Tenant = table.Column<string>(type: "text", nullable: false),
                    Shard = table.Column<int>(type: "integer", nullable: false),
                    Stage = table.Column<int>(type: "integer", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false),
                    Attempt = table.Column<int>(type: "integer", nullable: false),
                    SetNumber = table.Column<int>(type: "integer", nullable: false),
                    EntitiesJson = table.Column<string>(type: "text", nullable: false),
                    ReportAttempt = table.Column<int>(type: "integer", nullable: false),
                    ReportJson = table.Column<string>(type: "text", nullable: false),
                    Findings = table.Column<string>(type: "text", nullable: false),
                    Impression = table.Column<string>(type: "text", nullable: false),
                    ImageSha256 = table.Column<string>(type: "text", nullable: false),
                    ImageSize = table.Column<long>(type: "bigint", nullable: false),
                    ImageJson = table.Column<string>(type: "text", nullable: false),
                    PromptTruncated = table.Column<bool>(type: "boolean", nullable: false),
                    VerdictJson = table.Column<string>(type: "text", nullable: false),
                    Embedding = table.Column<byte[]>(type: "bytea", nullable: false),
                    DueMs = table.Column<long>(type: "bigint", nullable: false),
                    ClaimedBy = table.Column<string>(type: "text", nullable: false),
                    Tries = table.Column<int>(type: "integer", nullable: false),
                    TriesInAll = table.Column<int>(type: "integer", nullable: false),
                    ReportMs = table.Column<long>(type: "bigint", nullable: false),
                    ImageMs = table.Column<long>(type: "bigint", nullable: false),
                    CurationMs = table.Column<long>(type: "bigint", nullable: false),
                    DoneMs = table.Column<long>(type: "bigint", nullable: false),
                    Host = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pairs", x => new { x.Dataset, x.Index });
                });

            migrationBuilder.CreateTable(
                name: "rejects",
                columns: table => new
                {
                    Dataset = table.Column<string>(type: "text", nullable: false),
                    Index = table.Column<long>(type: "bigint", nullable: false),
                    Attempt = table.Column<int>(type: "integer", nullable: false),
                    Tenant = table.Column<string>(type: "text", nullable: false),
                    Step = table.Column<string>(type: "text", nullable: false),
                    ReasonsJson = table.Column<string>(type: "text", nullable: false),
                    EntitiesJson = table.Column<string>(type: "text", nullable: false),
                    Findings = table.Column<string>(type: "text", nullable: false),
                    Impression = table.Column<string>(type: "text", nullable: false),
                    ImageSha256 = table.Column<string>(type: "text", nullable: false),
                    ImageJson = table.Column<string>(type: "text", nullable: false),
                    EvidenceJson = table.Column<string>(type: "text", nullable: false),
                    AtMs = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_rejects", x => new { x.Dataset, x.Index, x.Attempt });
                });

            migrationBuilder.CreateTable(
                name: "requests",
                columns: table => new
                {
                    Tenant = table.Column<string>(type: "text", nullable: false),
                    RequestId = table.Column<string>(type: "text", nullable: false),
                    BodyDigest = table.Column<string>(type: "text", nullable: false),
                    Resource = table.Column<string>(type: "text", nullable: false),
                    CreatedMs = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_requests", x => new { x.Tenant, x.RequestId });
                });

            migrationBuilder.CreateTable(
                name: "settings",
                columns: table => new
                {
                    Name = table.Column<string>(type: "text", nullable: false),
                    Value = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_settings", x => x.Name);
                });

            migrationBuilder.CreateTable(
                name: "shards",
                columns: table => new
                {
                    Dataset = table.Column<string>(type: "text", nullable: false),
                    Shard = table.Column<int>(type: "integer", nullable: false),
                    Tenant = table.Column<string>(type: "text", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false),
                    Done = table.Column<bool>(type: "boolean", nullable: false),
                    EmbeddingsSha256 = table.Column<string>(type: "text", nullable: false),
                    EmbeddingsSize = table.Column<long>(type: "bigint", nullable: false),
                    DueMs = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_shards", x => new { x.Dataset, x.Shard });
                });

            migrationBuilder.CreateTable(
                name: "vocabularies",
                columns: table => new
                {
                    Tenant = table.Column<string>(type: "text", nullable: false),
                    Name = table.Column<string>(type: "text", nullable: false),
                    Digest = table.Column<string>(type: "text", nullable: false),
                    CountsJson = table.Column<string>(type: "text", nullable: false),
                    CreatedMs = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_vocabularies", x => new { x.Tenant, x.Name });
                });

            migrationBuilder.CreateTable(
                name: "vocabulary_entities",
                columns: table => new
                {
                    Tenant = table.Column<string>(type: "text", nullable: false),
                    Vocabulary = table.Column<string>(type: "text", nullable: false),
                    Position = table.Column<int>(type: "integer", nullable: false),
                    Id = table.Column<string>(type: "text", nullable: true),
                    Type = table.Column<int>(type: "integer", nullable: false),
                    Line = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_vocabulary_entities", x => new { x.Tenant, x.Vocabulary, x.Position });
                });

            migrationBuilder.CreateIndex(
                name: "IX_datasets_Stage",
                table: "datasets",
                column: "Stage");

            migrationBuilder.CreateIndex(
                name: "IX_datasets_Tenant_CreatedMs_Id",
                table: "datasets",
                columns: new[] { "Tenant", "CreatedMs", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_pairs_ClaimedBy_DueMs",
                table: "pairs",
                columns: new[] { "ClaimedBy", "DueMs" });

            migrationBuilder.CreateIndex(
                name: "IX_pairs_Dataset_Shard_Stage",
                table: "pairs",
                columns: new[] { "Dataset", "Shard", "Stage" });

            migrationBuilder.CreateIndex(
                name: "IX_vocabulary_entities_Tenant_Vocabulary_Type_Position",
                table: "vocabulary_entities",
                columns: new[] { "Tenant", "Vocabulary", "Type", "Position" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "datasets");

            migrationBuilder.DropTable(
                name: "pairs");

            migrationBuilder.DropTable(
                name: "rejects");

            migrationBuilder.DropTable(
                name: "requests");

            migrationBuilder.DropTable(
                name: "settings");

            migrationBuilder.DropTable(
                name: "shards");

            migrationBuilder.DropTable(
                name: "vocabularies");

            migrationBuilder.DropTable(
                name: "vocabulary_entities");
        }
    }
}
