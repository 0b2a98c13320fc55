"""Japanese names of economies, modes and services that trade data name in English."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["japanese_name"]

_ECONOMIES = """
Argentina アルゼンチン; Australia オーストラリア; Austria オーストリア; Belgium ベルギー; Brazil ブラジル;
Bulgaria ブルガリア; Canada カナダ; Chile チリ; China 中国; Colombia コロンビア; Croatia クロアチア;
Cyprus キプロス; Czechia チェコ; Czech Republic チェコ; Denmark デンマーク; Egypt エジプト; Estonia エストニア;
Finland フィンランド; France フランス; Germany ドイツ; Greece ギリシャ; Hong Kong 香港; HongKong 香港;
Hong Kong SAR 香港; Hungary ハンガリー; Iceland アイスランド; India インド; Indonesia インドネシア;
Ireland アイルランド; Israel イスラエル; Italy イタリア; Japan 日本; Korea 韓国; ROK 韓国;
Korea, Republic of 韓国; Republic of Korea 韓国; Latvia ラトビア; Lithuania リトアニア;
Luxembourg ルクセンブルク; Malaysia マレーシア; Malta マルタ; Mexico メキシコ; Morocco モロッコ;
Netherlands オランダ; New Zealand ニュージーランド; Norway ノルウェー; Philippines フィリピン;
Poland ポーランド; Portugal ポルトガル; Romania ルーマニア; Russia ロシア; Saudi Arabia サウジアラビア;
Singapore シンガポール; Slovakia スロバキア; Slovenia スロベニア; South Africa 南アフリカ; Spain スペイン;
Sweden スウェーデン; Switzerland スイス; Taiwan 台湾; Chinese Taipei 台湾; Thailand タイ; Türkiye トルコ;
Turkey トルコ; UAE アラブ首長国連邦; United Arab Emirates アラブ首長国連邦; UK 英国; U.K. 英国;
United Kingdom 英国; US 米国; U.S. 米国; United States 米国; United States of America 米国; Viet Nam ベトナム;
Vietnam ベトナム; World 世界; Rest of the world その他世界; Subtotal 小計; Total 計; EU EU
"""
_OTHERS: Mapping[str, str] = {
    "Mode 1": "第1モード(越境取引)",
    "Mode 2": "第2モード(国外消費)",
    "Mode 3": "第3モード(業務拠点)",
    "Mode 4": "第4モード(人の移動)",
    "Charges for the use of intellectual property n.i.e.": "知的財産権等使用料",
    "Construction": "建設",
    "Education services": "教育サービス",
    "Health services": "保健サービス",
    "Heritage and recreational services": "文化・娯楽サービス",
    "Insurance and financial services": "保険・金融サービス",
    "Maintenance and repair services n.i.e.": "維持修理サービス",
    "Manufacturing services on physical inputs owned by others": "委託加工サービス",
    "Other business services (excluding trade-related)": "その他業務サービス(商業関連を除く)",
    "Other personal services": "その他個人サービス",
    "Telecommunications, computer, information and audiovisual services": "通信・コンピュータ・情報・音響映像サービス",
    "Tourism and business travel": "観光・業務旅行",
    "Transport": "輸送",
    "Wholesale and retail trade services and trade-related services": "卸売・小売・商業関連サービス",
}
_NAMES = {
    english: japanese
    for english, _, japanese in (one.strip().rpartition(" ") for one in _ECONOMIES.replace("\n", " ").split(";"))
} | dict(_OTHERS)


def japanese_name(text: str) -> str:
    """Japanese name of an economy, mode or service; what is not known stays as it is.

    Examples
    --------
    >>> japanese_name("Germany"), japanese_name("Mode 1"), japanese_name("Narnia")
    ('ドイツ', '第1モード(越境取引)', 'Narnia')
    """
    return _NAMES.get(text, text)
