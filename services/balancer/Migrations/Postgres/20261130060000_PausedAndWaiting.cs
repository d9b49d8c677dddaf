using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SynCxr.Mesh.Balancer.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class PausedAndWaiting : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Folder",
                table: "datasets",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<bool>(
                name: "HasSealingFiles",
                table: "datasets",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<long>(
                name: "LostImages",
                table: "datasets",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<int>(
                name: "PausedIn",
                table: "datasets",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "ResumedMs",
                table: "datasets",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<int>(
                name: "SealedFiles",
                table: "datasets",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "SealingManifest",
                table: "datasets",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<int>(
                name: "SealingTries",
                table: "datasets",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "WaitingFor",
                table: "datasets",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "WaitingMessage",
                table: "datasets",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "WaitingReason",
                table: "datasets",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<long>(
                name: "WaitingSinceMs",
                table: "datasets",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "WaitingTries",
                table: "datasets",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<int>(
                name: "LostImages",
                table: "pairs",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "LostInRow",
                table: "pairs",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "Tries",
                table: "shards",
                type: "integer",
                nullable: false,
                defaultValue: 0);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "Folder",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "HasSealingFiles",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "LostImages",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "PausedIn",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "ResumedMs",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "SealedFiles",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "SealingManifest",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "SealingTries",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "WaitingFor",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "WaitingMessage",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "WaitingReason",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "WaitingSinceMs",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "WaitingTries",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "LostImages",
                table: "pairs");

            migrationBuilder.DropColumn(
                name: "LostInRow",
                table: "pairs");

            migrationBuilder.DropColumn(
                name: "Tries",
                table: "shards");
        }
    }
}
