using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SynCxr.Mesh.Balancer.Migrations.Sqlite
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
                    Id = table.Column<string>(type: "TEXT", nullable: false),
                    Tenant = table.Column<string>(type: "TEXT", nullable: false),
                    Stage = table.Column<int>(type: "INTEGER", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false),
                    SpecJson = table.Column<string>(type: "TEXT", nullable: false),
                    ResolvedJson = table.Column<string>(type: "TEXT", nullable: false),
                    SpecDigest = table.Column<string>(type: "TEXT", nullable: false),
                    DepictedJson = table.Column<string>(type: "TEXT", nullable: false),
                    EnginesJson = table.Column<string>(type: "TEXT", nullable: false),
                    Pairs = table.Column<long>(type: "INTEGER", nullable: false),
                    ShardSize = table.Column<int>(type: "INTEGER", nullable: false),
                    Shards = table.Column<int>(type: "INTEGER", nullable: false),
                    ShardsDone = table.Column<int>(type: "INTEGER", nullable: false),
                    UseJson = table.Column<string>(type: "TEXT", nullable: false),
                    IncompatibleDraws = table.Column<long>(type: "INTEGER", nullable: false),
                    DuplicatesMs = table.Column<long>(type: "INTEGER", nullable: false),
                    SealingMs = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedMs = table.Column<long>(type: "INTEGER", nullable: false),
                    SealedMs = table.Column<long>(type: "INTEGER", nullable: true),
                    Root = table.Column<string>(type: "TEXT", nullable: false),
                    Error = table.Column<string>(type: "TEXT", nullable: false),
                    LeaseOwner = table.Column<string>(type: "TEXT", nullable: false),
                    LeaseUntilMs = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_datasets", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "pairs",
                columns: table => new
                {
                    Dataset = table.Column<string>(type: "TEXT", nullable: false),
                    Index = table.Column<long>(type: "INTEGER", nullable: false),
                    Tenant = table.Column<string>(type: "TEXT", nullable: false),
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    Stage = table.Column<int>(type: "INTEGER", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false),
                    Attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    SetNumber = table.Column<int>(type: "INTEGER", nullable: false),
                    EntitiesJson = table.Column<string>(type: "TEXT", nullable: false),
                    ReportAttempt = table.Column<int>(type: "INTEGER", nullable: false),
                    ReportJson = table.Column<string>(type: "TEXT", nullable: false),
                    Findings = table.Column<string>(type: "TEXT", nullable: false),
                    Impression = table.Column<string>(type: "TEXT", nullable: false),
                    ImageSha256 = table.Column<string>(type: "TEXT", nullable: false),
                    ImageSize = table.Column<long>(type: "INTEGER", nullable: false),
                    ImageJson = table.Column<string>(type: "TEXT", nullable: false),
                    PromptTruncated = table.Column<bool>(type: "INTEGER", nullable: false),
                    VerdictJson = table.Column<string>(type: "TEXT", nullable: false),
                    Embedding = table.Column<byte[]>(type: "BLOB", nullable: false),
                    DueMs = table.Column<long>(type: "INTEGER", nullable: false),
                    Tries = table.Column<int>(type: "INTEGER", nullable: false),
                    TriesInAll = table.Column<int>(type: "INTEGER", nullable: false),
                    ReportMs = table.Column<long>(type: "INTEGER", nullable: false),
                    ImageMs = table.Column<long>(type: "INTEGER", nullable: false),
                    CurationMs = table.Column<long>(type: "INTEGER", nullable: false),
                    DoneMs = table.Column<long>(type: "INTEGER", nullable: false),
                    Host = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pairs", x => new { x.Dataset, x.Index });
                });

            migrationBuilder.CreateTable(
                name: "rejects",
                columns: table => new
                {
                    Dataset = table.Column<string>(type: "TEXT", nullable: false),
                    Index = table.Column<long>(type: "INTEGER", nullable: false),
                    Attempt = table.Column<int>(type: "INTEGER", nullable: false),
                    Tenant = table.Column<string>(type: "TEXT", nullable: false),
                    Step = table.Column<string>(type: "TEXT", nullable: false),
                    ReasonsJson = table.Column<string>(type: "TEXT", nullable: false),
                    EntitiesJson = table.Column<string>(type: "TEXT", nullable: false),
                    Findings = table.Column<string>(type: "TEXT", nullable: false),
                    Impression = table.Column<string>(type: "TEXT", nullable: false),
                    ImageSha256 = table.Column<string>(type: "TEXT", nullable: false),
                    ImageJson = table.Column<string>(type: "TEXT", nullable: false),
                    EvidenceJson = table.Column<string>(type: "TEXT", nullable: false),
                    AtMs = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_rejects", x => new { x.Dataset, x.Index, x.Attempt });
                });

            migrationBuilder.CreateTable(
                name: "requests",
                columns: table => new
                {
                    Tenant = table.Column<string>(type: "TEXT", nullable: false),
                    RequestId = table.Column<string>(type: "TEXT", nullable: false),
                    BodyDigest = table.Column<string>(type: "TEXT", nullable: false),
                    Resource = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedMs = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_requests", x => new { x.Tenant, x.RequestId });
                });

            migrationBuilder.CreateTable(
                name: "settings",
                columns: table => new
                {
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Value = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_settings", x => x.Name);
                });

            migrationBuilder.CreateTable(
                name: "shards",
                columns: table => new
                {
                    Dataset = table.Column<string>(type: "TEXT", nullable: false),
                    Shard = table.Column<int>(type: "INTEGER", nullable: false),
                    Tenant = table.Column<string>(type: "TEXT", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false),
                    Done = table.Column<bool>(type: "INTEGER", nullable: false),
                    EmbeddingsSha256 = table.Column<string>(type: "TEXT", nullable: false),
                    EmbeddingsSize = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_shards", x => new { x.Dataset, x.Shard });
                });

            migrationBuilder.CreateTable(
                name: "vocabularies",
                columns: table => new
                {
                    Tenant = table.Column<string>(type: "TEXT", nullable: false),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Digest = table.Column<string>(type: "TEXT", nullable: false),
                    CountsJson = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedMs = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_vocabularies", x => new { x.Tenant, x.Name });
                });

            migrationBuilder.CreateTable(
                name: "vocabulary_entities",
                columns: table => new
                {
                    Tenant = table.Column<string>(type: "TEXT", nullable: false),
                    Vocabulary = table.Column<string>(type: "TEXT", nullable: false),
                    Position = table.Column<int>(type: "INTEGER", nullable: false),
                    Id = table.Column<string>(type: "TEXT", nullable: true),
                    Type = table.Column<int>(type: "INTEGER", nullable: false),
                    Line = table.Column<string>(type: "TEXT", nullable: false)
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
                name: "IX_pairs_Dataset_Shard_Stage",
                table: "pairs",
                columns: new[] { "Dataset", "Shard", "Stage" });

            migrationBuilder.CreateIndex(
                name: "IX_pairs_Stage_DueMs",
                table: "pairs",
                columns: new[] { "Stage", "DueMs" });

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
