using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SynCxr.Mesh.Balancer.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class SeveralReplicas : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_pairs_Stage_DueMs",
                table: "pairs");

            migrationBuilder.AddColumn<long>(
                name: "DueMs",
                table: "shards",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "ClaimedBy",
                table: "pairs",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.CreateIndex(
                name: "IX_pairs_ClaimedBy_DueMs",
                table: "pairs",
                columns: new[] { "ClaimedBy", "DueMs" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_pairs_ClaimedBy_DueMs",
                table: "pairs");

            migrationBuilder.DropColumn(
                name: "DueMs",
                table: "shards");

            migrationBuilder.DropColumn(
                name: "ClaimedBy",
                table: "pairs");

            migrationBuilder.CreateIndex(
                name: "IX_pairs_Stage_DueMs",
                table: "pairs",
                columns: new[] { "Stage", "DueMs" });
        }
    }
}
